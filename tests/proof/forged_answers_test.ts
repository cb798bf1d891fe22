import { assert, assertEquals } from "@std/assert";
import { chainWord } from "../../src/proof/chain.ts";
import { identityOf } from "../../src/base/identity.ts";
import { challengeSeed } from "../../src/proof/challenge.ts";
import { verifyAnswer } from "../../src/proof/pipeline.ts";
import { chainKey, sweepKey } from "../../src/proof/challenge.ts";
import { type Draw, drawOpenings } from "../../src/proof/draw.ts";
import { drawDistinct } from "../../src/proof/draw_distinct.ts";
import type { Transcript } from "../../src/proof/transcript.ts";
import { referenceProduct, ReferenceProver } from "./reference.ts";
import { freshSeed, randomInteger, seedBytes, seededRandom } from "./seeded.ts";

/** The challenge that the forgers face, small enough for the plain reference. */
const size = { m: 512, k: 64, n: 512, lanes: 4096, steps: 40, sweeps: 12 };
const challenge = { challenge_id: "01J", nonce: new Uint8Array(32).fill(9), ...size };
const provider = identityOf(seedBytes(1));
const seed = challengeSeed(challenge, provider.id, "gpu-1");
const product = referenceProduct(seed, size);
/** Fixed, so that no run is the one in 2¹⁶ in which a forgery passes. */
const random = seededRandom(20);
const draw = drawOpenings(size, random);
const nonces = { chain_nonce: seedBytes(11), sweep_nonce: seedBytes(12) };

/** The stages of a proof by this prover, up to what is to be opened. */
function committed(prover: ReferenceProver): Transcript {
  const matrix_root = prover.matrix();
  const chain_root = prover.chain(chainKey(seed, matrix_root, nonces.chain_nonce));
  const sweep_roots = prover.sweep(sweepKey(seed, matrix_root, chain_root, nonces.sweep_nonce));
  return { challenge, matrix_root, ...nonces, chain_root, sweep_roots, draw };
}

const honest = new ReferenceProver(size, product);
const said = committed(honest);

/** The outcome of an answer, as "ok" or "step: code". */
function outcomeOf(transcript: Transcript, answer: Uint8Array, verifierRandom = random): string {
  const result = verifyAnswer({ seed, transcript, answer }, verifierRandom);
  return result.ok ? "ok" : `${result.step}: ${result.code}`;
}

/** The outcome of all that a prover says. */
function outcome(prover: ReferenceProver): string {
  const transcript = committed(prover);
  return outcomeOf(transcript, prover.open(draw));
}

Deno.test("an honest answer is accepted, whatever the verifier's randomness", () => {
  const fresh = seededRandom(freshSeed("honest answers"));
  for (let i = 0; i < 5; i++) {
    const fresh_draw = drawOpenings(size, fresh);
    assertEquals(outcomeOf({ ...said, draw: fresh_draw }, honest.open(fresh_draw), fresh), "ok");
  }
});

Deno.test("one wrong bit in one opened row is refused, even when it is committed", () => {
  for (const bit of [0, 17, 31]) {
    const wrong = product.slice();
    const row = draw.rows[randomInteger(random, 0, draw.rows.length - 1)]!;
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
  const [first, second] = draw.rows as [number, number];
  wrong.copyWithin(first * size.n, second * size.n, (second + 1) * size.n);
  assertEquals(outcome(new ReferenceProver(size, wrong)), "product: wrong_row");
});

Deno.test("right rows under a wrong root are refused", () => {
  const matrix_root = new Uint8Array(said.matrix_root);
  matrix_root[0]! ^= 1;
  assertEquals(outcomeOf({ ...said, matrix_root }, honest.open(draw)), "commitment: wrong_root");
});

Deno.test("right rows that were computed after a false commitment are refused", () => {
  const false_root = new ReferenceProver(size, new Uint32Array(product.length)).matrix();
  const late = { ...said, matrix_root: false_root };
  assertEquals(outcomeOf(late, honest.open(draw)), "commitment: wrong_root");
});

Deno.test("a root of another length is refused", () => {
  for (const field of ["matrix_root", "chain_root"] as const) {
    const cut = { ...said, [field]: new Uint8Array(said[field]).subarray(0, 31) };
    assertEquals(outcomeOf(cut, honest.open(draw)), "commitment: malformed_root");
  }
  const fewer = { ...said, sweep_roots: said.sweep_roots.slice(1) };
  assertEquals(outcomeOf(fewer, honest.open(draw)), "commitment: wrong_count");
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

/** The outcome of an answer that opens something else than what was drawn. */
function opening(other: Partial<Draw>): string {
  return outcomeOf(said, honest.open({ ...draw, ...other }));
}

Deno.test("fewer or more openings than asked for are refused", () => {
  assertEquals(opening({ rows: draw.rows.slice(1) }), "openings: wrong_count");
  assertEquals(opening({ rows: drawDistinct(size.m, random, 65) }), "openings: wrong_count");
  assertEquals(opening({ lanes: draw.lanes.slice(1) }), "openings: wrong_count");
  assertEquals(opening({ sweeps: draw.sweeps.slice(1) }), "openings: wrong_count");
});

Deno.test("other rows, lanes or sweeps than asked for are refused", () => {
  const otherThan = (drawn: readonly number[], below: number) =>
    Array.from({ length: below }, (_, i) => i).find((i) => !drawn.includes(i))!;
  const swapped = (drawn: readonly number[], below: number) => [
    ...drawn.slice(0, -1),
    otherThan(drawn, below),
  ];
  assertEquals(opening({ rows: swapped(draw.rows, size.m) }), "openings: other_row");
  assertEquals(opening({ lanes: swapped(draw.lanes, size.lanes) }), "openings: other_lane");
  assertEquals(opening({ sweeps: swapped(draw.sweeps, size.sweeps) }), "sweep: wrong_tag");
});

Deno.test("the asked rows in another order are refused", () => {
  assertEquals(opening({ rows: draw.rows.toReversed() }), "openings: other_row");
});

Deno.test("one row opened twice is refused", () => {
  const twice = [draw.rows[0]!, ...draw.rows.slice(0, -1)];
  assertEquals(opening({ rows: twice }), "openings: duplicate_row");
});

Deno.test("a truncated answer is refused", () => {
  const answer = honest.open(draw);
  for (const length of [0, 15, 31, 32, 36, answer.length - 1]) {
    assertEquals(outcomeOf(said, answer.subarray(0, length)), "openings: truncated");
  }
});

Deno.test("an oversized answer is refused", () => {
  const answer = honest.open(draw);
  assertEquals(outcomeOf(said, new Uint8Array([...answer, 0])), "openings: oversized");
});

Deno.test("an answer for a challenge of another size is refused", () => {
  const small = { ...size, n: 256 };
  const prover = new ReferenceProver(small, new Uint32Array(small.m * small.n));
  committed(prover);
  assertEquals(outcomeOf(said, prover.open(draw)), "openings: malformed");
});

Deno.test("a single wrong row among many passes only as often as it is not drawn", () => {
  const wrong = product.slice();
  wrong[3 * size.n]!++;
  const forger = new ReferenceProver(size, wrong);
  const transcript = committed(forger);
  let passed = 0, undrawn = 0;
  for (let i = 0; i < 20; i++) {
    const drawn = drawOpenings(size, random);
    if (outcomeOf({ ...transcript, draw: drawn }, forger.open(drawn)) === "ok") passed++;
    if (!drawn.rows.includes(3)) undrawn++;
  }
  assertEquals(passed, undrawn);
  assert(undrawn > 0);
});

/** Stops a step early in every lane that it hopes nobody opens. */
class LazyChain extends ReferenceProver {
  protected override lane(key: Uint32Array, lane: number): number {
    return chainWord(key, lane, this.size.steps - (lane === draw.lanes[5] ? 1 : 0));
  }
}

Deno.test("a lane that is one step short is refused", () => {
  assertEquals(outcome(new LazyChain(size, product)), "chain: wrong_lane");
});

Deno.test("lanes that were run after a false commitment are refused", () => {
  const chain_root = new LazyChain(size, product).chain(seedBytes(3));
  const sweep_roots = honest.sweep(
    sweepKey(seed, said.matrix_root, chain_root, nonces.sweep_nonce),
  );
  const answer = honest.open(draw);
  honest.sweep(sweepKey(seed, said.matrix_root, said.chain_root, nonces.sweep_nonce));
  assertEquals(
    outcomeOf({ ...said, chain_root, sweep_roots }, answer),
    "commitment: wrong_chain_root",
  );
});

/** Tags rows by the key of the sweep before, as if it had swept only once. */
class OneSweep extends ReferenceProver {
  #first: Uint32Array | undefined;

  protected override tag(key: Uint32Array, index: number, sweep: number): Uint8Array {
    if (sweep === 0) this.#first = key;
    return super.tag(this.#first ?? key, index, sweep);
  }
}

Deno.test("one sweep passed off as many is refused", () => {
  assertEquals(outcome(new OneSweep(size, product)), "sweep: wrong_tag");
});

/** Has kept half of the rows only, and makes up the tags of the others. */
class HalfMemory extends ReferenceProver {
  protected override tag(key: Uint32Array, index: number, sweep: number): Uint8Array {
    return index < size.m / 2 ? super.tag(key, index, sweep) : new Uint8Array(256);
  }
}

Deno.test("made-up tags of rows that were not kept are refused", () => {
  assertEquals(outcome(new HalfMemory(size, product)), "sweep: wrong_tag");
});
