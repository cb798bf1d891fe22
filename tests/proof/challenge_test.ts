import { assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256 } from "../../src/base/hash.ts";
import { identityOf } from "../../src/base/identity.ts";
import {
  chainKey,
  type Challenge,
  challengeSeed,
  checkChallenge,
  sweepKey,
} from "../../src/proof/challenge.ts";
import { seedBytes } from "./seeded.ts";

const alice = identityOf(seedBytes(1));
const bob = identityOf(seedBytes(2));
const challenge: Challenge = {
  challenge_id: "01J",
  nonce: new Uint8Array(32).fill(5),
  m: 512,
  k: 1024,
  n: 4096,
  lanes: 65_536,
  steps: 100,
  sweeps: 3,
};

Deno.test("a seed is the hash of the domain, the nonce, the key, the GPU id and the size", () => {
  const numbers = [[0, 2, 0, 0], [0, 4, 0, 0], [0, 16, 0, 0], [0, 0, 1, 0], [100, 0, 0, 0]];
  const size = Uint8Array.from([...numbers.flat(), 3, 0, 0, 0]);
  const expected = sha256(
    "horizon/proof/2",
    challenge.nonce,
    alice.public_key,
    Uint8Array.of(5),
    "gpu-1",
    size,
  );
  assertEquals(challengeSeed(challenge, alice.id, "gpu-1"), expected);
});

Deno.test("another nonce, key, GPU id or size gives another seed", () => {
  const seeds = [
    challengeSeed(challenge, alice.id, "gpu-1"),
    challengeSeed({ ...challenge, nonce: new Uint8Array(32) }, alice.id, "gpu-1"),
    challengeSeed(challenge, bob.id, "gpu-1"),
    challengeSeed(challenge, alice.id, "gpu-2"),
    challengeSeed({ ...challenge, m: 768 }, alice.id, "gpu-1"),
    challengeSeed({ ...challenge, steps: 99 }, alice.id, "gpu-1"),
    challengeSeed({ ...challenge, sweeps: 4 }, alice.id, "gpu-1"),
  ].map((seed) => seed.toHex());
  assertEquals(new Set(seeds).size, seeds.length);
});

Deno.test("a challenge that no registry sends is refused before any work", () => {
  const bad: Partial<Challenge>[] = [
    { nonce: new Uint8Array(31) },
    { m: 1000 },
    { m: 2 ** 26 },
    { m: 2 ** 25, k: 8192 },
    { n: Number.NaN },
    { lanes: 2 ** 28 },
    { lanes: 4097 },
    { steps: 2 ** 15 + 1 },
    { steps: 1.5 },
    { sweeps: 0 },
  ];
  for (const change of bad) {
    const error = assertThrows(() => checkChallenge({ ...challenge, ...change }), HorizonError);
    assertEquals(error.code, "invalid_challenge");
  }
  for (const gpu_id of ["", "x".repeat(256)]) {
    assertThrows(() => challengeSeed(challenge, alice.id, gpu_id), HorizonError, "out of bounds");
  }
});

Deno.test("the keys of chain and sweep depend on all that was said before them", () => {
  const [a, b, c, d] = [1, 2, 3, 4].map((value) => new Uint8Array(32).fill(value));
  const keys = [
    chainKey(a!, b!, c!),
    chainKey(b!, a!, c!),
    chainKey(a!, b!, d!),
    sweepKey(a!, b!, c!, d!),
    sweepKey(a!, b!, d!, c!),
  ].map((key) => key.toHex());
  assertEquals(new Set(keys).size, keys.length);
});
