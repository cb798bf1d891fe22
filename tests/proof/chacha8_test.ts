import { assertEquals, assertThrows } from "@std/assert";
import { fillKeystream, keyWords } from "../../src/proof/chacha8.ts";
import { freshSeed, randomInteger, seedBytes, seededRandom } from "./seeded.ts";

/** Test case 1 of draft-strombergson-chacha-test-vectors: 8 rounds, 256-bit key of zeros, IV 0. */
const ZERO_KEY_BLOCKS = "3e00ef2f895f40d67f5bb8e81f09a5a12c840ec3ce9a7f3b181be188ef711a1e" +
  "984ce172b9216f419f445367456d5619314a42a3da86b001387bfdb80e0cfe42" +
  "d2aefa0deaa5c151bf0adb6c01f2a5adc0fd581259f9a2aadcf20f8fd566a26b" +
  "5032ec38bbc5da98ee0c6f568b872a65a08abf251deb21bb4b56e5d8821e68aa";

/** ChaCha with 8 rounds over an array, by the definition: slow and plain. */
function referenceBlock(key: Uint32Array, stream: number, count: number): Uint32Array {
  const start = Uint32Array.from([
    ...[0x61707865, 0x3320646e, 0x79622d32, 0x6b206574],
    ...key,
    ...[count, 0, stream, 0],
  ]);
  const x = start.slice();
  const turn = (at: number, by: number, from: number, bits: number) => {
    x[at]! += x[by]!;
    const mixed = x[from]! ^ x[at]!;
    x[from] = (mixed << bits) | (mixed >>> (32 - bits));
  };
  const quarter = (a: number, b: number, c: number, d: number) => {
    turn(a, b, d, 16);
    turn(c, d, b, 12);
    turn(a, b, d, 8);
    turn(c, d, b, 7);
  };
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 4; i++) quarter(i, 4 + i, 8 + i, 12 + i);
    for (let i = 0; i < 4; i++) {
      quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
  }
  return x.map((word, i) => word + start[i]!);
}

Deno.test("the keystream of the zero key is the published one", () => {
  const out = new Uint32Array(32);
  fillKeystream(keyWords(new Uint8Array(32)), 0, 0, out);
  assertEquals(new Uint8Array(out.buffer).toHex(), ZERO_KEY_BLOCKS);
});

Deno.test("each block equals the plain reference at any key, stream and position", () => {
  const seed = freshSeed("chacha8");
  const random = seededRandom(seed);
  for (let i = 0; i < 200; i++) {
    const bytes = new Uint8Array(32);
    random(bytes);
    const key = keyWords(bytes);
    const stream = randomInteger(random, 0, 1);
    const block = randomInteger(random, 0, 2 ** 26);
    const out = new Uint32Array(16);
    fillKeystream(key, stream, block * 16, out);
    assertEquals(out, referenceBlock(key, stream, block), `seed ${seed}`);
  }
});

Deno.test("a keystream read in pieces is the keystream read at once", () => {
  const key = keyWords(seedBytes(1));
  const whole = new Uint32Array(16 * 64);
  fillKeystream(key, 1, 0, whole);
  for (const blocks of [1, 3, 16]) {
    const piece = new Uint32Array(16 * blocks);
    for (let at = 0; at + piece.length <= whole.length; at += piece.length) {
      fillKeystream(key, 1, at, piece);
      assertEquals(piece, whole.slice(at, at + piece.length));
    }
  }
});

Deno.test("a position inside a block is refused", () => {
  const key = keyWords(new Uint8Array(32));
  assertThrows(() => fillKeystream(key, 0, 8, new Uint32Array(16)), RangeError, "whole blocks");
  assertThrows(() => fillKeystream(key, 0, 0, new Uint32Array(15)), RangeError, "whole blocks");
  assertThrows(() => keyWords(new Uint8Array(31)), RangeError, "32 bytes");
});
