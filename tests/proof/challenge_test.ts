import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256 } from "../../src/base/hash.ts";
import { identityOf } from "../../src/base/identity.ts";
import { type Challenge, challengeSeed, checkChallenge } from "../../src/proof/challenge.ts";
import { pickProfile, PROFILES } from "../../src/proof/profiles.ts";
import { seedBytes } from "./seeded.ts";

const alice = identityOf(seedBytes(1));
const bob = identityOf(seedBytes(2));
const challenge: Challenge = {
  challenge_id: "01J",
  nonce: new Uint8Array(32).fill(5),
  profile: "u32-512",
  m: 512,
  k: 512,
  n: 512,
};

Deno.test("a seed is the hash of the domain, the nonce, the key, the GPU id and the size", () => {
  const size = Uint8Array.of(0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0);
  const expected = sha256(
    "horizon/proof/1",
    challenge.nonce,
    alice.public_key,
    Uint8Array.of(5),
    "gpu-1",
    size,
  );
  assertEquals(challengeSeed(challenge, alice.id, "gpu-1"), expected);
});

Deno.test("another nonce, key, GPU id or size gives another seed", () => {
  const other = PROFILES[1]!;
  const seeds = [
    challengeSeed(challenge, alice.id, "gpu-1"),
    challengeSeed({ ...challenge, nonce: new Uint8Array(32) }, alice.id, "gpu-1"),
    challengeSeed(challenge, bob.id, "gpu-1"),
    challengeSeed(challenge, alice.id, "gpu-2"),
    challengeSeed({ ...challenge, ...other, profile: other.name }, alice.id, "gpu-1"),
  ].map((seed) => seed.toHex());
  assertEquals(new Set(seeds).size, seeds.length);
});

Deno.test("a challenge that no registry sends is refused before any work", () => {
  const bad: Partial<Challenge>[] = [
    { nonce: new Uint8Array(31) },
    { profile: "u32-1t" },
    { m: 1024 },
    { n: Number.NaN },
  ];
  for (const change of bad) {
    const error = assertThrows(() => checkChallenge({ ...challenge, ...change }), HorizonError);
    assertEquals(error.code, "invalid_challenge");
  }
  for (const gpu_id of ["", "x".repeat(256)]) {
    assertThrows(() => challengeSeed(challenge, alice.id, gpu_id), HorizonError, "out of bounds");
  }
});

Deno.test("a faster claim never gets a smaller challenge, and none is too slow for one", () => {
  assertEquals(pickProfile(0).name, "u32-512");
  assertEquals(pickProfile(Number.NaN).name, "u32-512");
  assertEquals(pickProfile(10).name, "u32-1k");
  assertEquals(pickProfile(1e9).name, "u32-256k");
  let last = 0;
  for (let gops = 1; gops < 1e6; gops *= 2) {
    const at = PROFILES.indexOf(pickProfile(gops));
    assertEquals(at >= last, true);
    last = at;
  }
  assertNotEquals(last, 0);
});
