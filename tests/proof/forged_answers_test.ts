import { assert, assertEquals } from "@std/assert";
import { identityOf } from "../../src/base/identity.ts";
import { challengeSeed } from "../../src/proof/challenge.ts";
import { verifyAnswer } from "../../src/proof/pipeline.ts";
import { drawRows } from "../../src/proof/rows.ts";
import { referenceProduct, ReferenceProver } from "./reference.ts";
import { freshSeed, randomInteger, seedBytes, seededRandom } from "./seeded.ts";

/** The challenge that the forgers face, small enough to be multiplied by the plain reference. */
const size = { m: 512, k: 512, n: 512 };
const challenge = {
  challenge_id: "01J",
  nonce: new Uint8Array(32).fill(9),
  profile: "u32-512",
  ...size,
};
const provider = identityOf(seedBytes(1));
const seed = challengeSeed(challenge, provider.id, "gpu-1");
const product = referenceProduct(seed, size);
const honest = new ReferenceProver(size, product);
/** Fixed, so that no run is the one in 2¹⁶ in which a forgery passes. */
const random = seededRandom(20);
const indices = drawRows(size.m, random);

/** The outcome of an answer by this prover, as "ok" or "step: code". */
function outcome(
  prover: ReferenceProver,
  answer = prover.open(indices),
  root = prover.root,
  verifierRandom = random,
) {
  const result = verifyAnswer({ challenge, seed, root, indices, answer }, verifierRandom);
  return result.ok ? "ok" : `${result.step}: ${result.code}`;
}

Deno.test("an honest answer is accepted, whatever the verifier's randomness", () => {
  const fresh = seededRandom(freshSeed("honest answers"));
  for (let i = 0; i < 5; i++) {
    assertEquals(outcome(honest, honest.open(indices), honest.root, fresh), "ok");
  }
});

Deno.test("one wrong bit in one opened row is refused, even when it is committed", () => {
  for (const bit of [0, 17, 31]) {
    const wrong = product.slice();
    const row = indices[randomInteger(random, 0, indices.length - 1)]!;
    wrong[row * size.n + randomInteger(random, 0, size.n - 1)]! ^= 1 << bit;
    // One bit is one entry: every vector misses it with probability 1/2, all 16 with 2⁻¹⁶.
    assertEquals(outcome(new ReferenceProver(size, wrong)), "product: wrong_row");
  }
});

Deno.test("rows of random numbers are refused", () => {
  const wrong = new Uint32Array(product.length);
  random(new Uint8Array(wrong.buffer));
  assertEquals(outcome(new ReferenceProver(size, wrong)), "product: wrong_row");
});

Deno.test("rows in a wrong order are refused", () => {
  const wrong = product.slice();
  const [first, second] = indices as [number, number];
  wrong.copyWithin(first * size.n, second * size.n, (second + 1) * size.n);
  assertEquals(outcome(new ReferenceProver(size, wrong)), "product: wrong_row");
});

Deno.test("right rows under a wrong root are refused", () => {
  const root = new Uint8Array(honest.root);
  root[0]! ^= 1;
  assertEquals(outcome(honest, honest.open(indices), root), "commitment: wrong_root");
});

Deno.test("right rows that were computed after a false commitment are refused", () => {
  const committed = new ReferenceProver(size, new Uint32Array(product.length));
  const late = honest.open(indices);
  assertEquals(outcome(honest, late, committed.root), "commitment: wrong_root");
});

Deno.test("a root of another length is refused", () => {
  const short = new Uint8Array(honest.root).subarray(0, 31);
  assertEquals(outcome(honest, honest.open(indices), short), "commitment: malformed_root");
});

Deno.test("another challenge's answer is refused", () => {
  const other = { ...challenge, nonce: new Uint8Array(32).fill(8) };
  const otherSeed = challengeSeed(other, provider.id, "gpu-1");
  const replay = new ReferenceProver(size, referenceProduct(otherSeed, size));
  assertEquals(outcome(replay), "product: wrong_row");
});

Deno.test("another key's answer to the same challenge is refused", () => {
  const other = challengeSeed(challenge, identityOf(seedBytes(2)).id, "gpu-1");
  const copied = new ReferenceProver(size, referenceProduct(other, size));
  assertEquals(outcome(copied), "product: wrong_row");
});

Deno.test("another GPU's answer to the same challenge and key is refused", () => {
  const other = challengeSeed(challenge, provider.id, "gpu-2");
  const copied = new ReferenceProver(size, referenceProduct(other, size));
  assertEquals(outcome(copied), "product: wrong_row");
});

Deno.test("fewer rows than asked are refused", () => {
  assertEquals(outcome(honest, honest.open(indices.slice(1))), "openings: wrong_count");
});

Deno.test("more rows than asked are refused", () => {
  const more = drawRows(size.m, random, 65);
  assertEquals(outcome(honest, honest.open(more)), "openings: wrong_count");
});

Deno.test("other rows than asked are refused", () => {
  const unasked = Array.from({ length: size.m }, (_, i) => i).find((i) => !indices.includes(i))!;
  const other = [...indices.slice(0, -1), unasked];
  assertEquals(outcome(honest, honest.open(other)), "openings: other_row");
});

Deno.test("the asked rows in another order are refused", () => {
  assertEquals(outcome(honest, honest.open(indices.toReversed())), "openings: other_row");
});

Deno.test("one row opened twice is refused", () => {
  const twice = [indices[0]!, ...indices.slice(0, -1)];
  assertEquals(outcome(honest, honest.open(twice)), "openings: duplicate_row");
});

Deno.test("a truncated answer is refused", () => {
  const answer = honest.open(indices);
  for (const length of [0, 15, 16, 20, answer.length - 1]) {
    assertEquals(outcome(honest, answer.subarray(0, length)), "openings: truncated");
  }
});

Deno.test("an oversized answer is refused", () => {
  const answer = honest.open(indices);
  assertEquals(outcome(honest, new Uint8Array([...answer, 0])), "openings: oversized");
});

Deno.test("an answer for a challenge of another size is refused", () => {
  const small = { m: 512, k: 16, n: 16 };
  const prover = new ReferenceProver(small, new Uint32Array(512 * 16));
  assertEquals(outcome(honest, prover.open(indices)), "openings: malformed");
});

Deno.test("a single wrong row among many passes only as often as it is not drawn", () => {
  const wrong = product.slice();
  wrong[3 * size.n]!++;
  const forger = new ReferenceProver(size, wrong);
  let passed = 0, undrawn = 0;
  for (let i = 0; i < 20; i++) {
    const drawn = drawRows(size.m, random);
    const answer = forger.open(drawn);
    const check = { challenge, seed, root: forger.root, indices: drawn, answer };
    if (verifyAnswer(check, random).ok) passed++;
    if (!drawn.includes(3)) undrawn++;
  }
  assertEquals(passed, undrawn);
  assert(undrawn > 0);
});
