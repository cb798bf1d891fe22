/** Keeps one core busy until it is terminated: what another program on an owner's machine does. */
let word = 1;
for (;;) word = Math.imul(word, word | 1) + 1;
