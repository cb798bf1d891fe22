import { type Challenge, challengeSeed } from "../../../src/proof/challenge.ts";
import type { Draw } from "../../../src/proof/draw.ts";
import type { FillRandom } from "../../../src/proof/random.ts";
import { ReferenceProver } from "../../proof/reference.ts";
import type { Begin, Listing, Proving } from "./attacker.ts";
import { CpuPoser } from "./cpu_poser.ts";
import { adapterOf, chip } from "./forged_card.ts";
import { CLAIM, halfStored } from "./half_storing.ts";
import { type Part, PARTS, Shirker } from "./shirker.ts";
import { honest, productOf } from "./software_adapter.ts";

/** Commits to nothing, and opens by what it makes once it knows what is asked. */
export async function openingLate(size: Challenge, seed: Uint8Array): Promise<Proving> {
  const nothing = new ReferenceProver(size, new Uint32Array(size.m * size.n));
  const late = new ReferenceProver(size, await productOf(seed, size));
  return {
    matrix: () => nothing.matrix(),
    chain: (key) => (late.chain(key), nothing.chain(key)),
    sweep: (key) => (late.sweep(key), nothing.sweep(key)),
    open: (draw) => late.open(draw),
  };
}

/** Opens the row after each that is asked for, and all else as asked. */
export async function openingOthers(size: Challenge, seed: Uint8Array): Promise<Proving> {
  const prover = new ReferenceProver(size, await productOf(seed, size));
  const others = (draw: Draw) => ({ ...draw, rows: draw.rows.map((i) => (i + 1) % size.m) });
  return {
    matrix: () => prover.matrix(),
    chain: (key) => prover.chain(key),
    sweep: (key) => prover.sweep(key),
    open: (draw) => prover.open(others(draw)),
  };
}

/** Computes for a nonce that it guesses, as it could have done long before. */
export async function precomputing(
  challenge: Challenge,
  provider_id: string,
  gpu_id: string,
): Promise<Proving> {
  const guessed = { ...challenge, nonce: new Uint8Array(32).fill(7) };
  const ahead = await productOf(challengeSeed(guessed, provider_id, gpu_id), challenge);
  return new ReferenceProver(challenge, ahead);
}

/** What an attack of one proof needs. */
export interface Cheater {
  readonly name: string;
  /** What it says of its GPU; without it, that it is software. */
  readonly lie?: Listing;
  /** `random` decides whatever it leaves to chance; `owner` is its key. */
  begin(random: FillRandom, owner: string, gpu_id: string): Begin;
}

/** Does half of a part's work. */
function shirking(part: Part): Cheater {
  return {
    name: `half of the ${part}`,
    begin: (random) => async (size, seed) =>
      Shirker.doing(0.5, part, size, await productOf(seed, size), random),
  };
}

/** The cheaters whose lie is told by one proof, all of which must end unlisted. */
export const CHEATERS: readonly Cheater[] = [
  ...PARTS.map(shirking),
  { name: "other rows than asked", begin: () => openingOthers },
  { name: "rows made when asked for", begin: () => openingLate },
  {
    name: "precomputed",
    begin: (_, owner, gpu_id) => (challenge) => precomputing(challenge, owner, gpu_id),
  },
  {
    name: "a CPU with time for one row",
    begin: () => (size, seed) => new CpuPoser(seed, size, 1),
  },
  {
    name: "llvmpipe as an RTX 3090",
    lie: { gpu_type: "auto", adapter: adapterOf(chip("rtx-3090")) },
    begin: () => honest,
  },
  { name: "half of the memory", lie: CLAIM, begin: () => halfStored },
];
