import { drawDistinct } from "./draw_distinct.ts";
import type { FillRandom } from "./random.ts";
import { chainLeaves } from "./chain.ts";
import { LANES_PER_LEAF, type ProofSize } from "./size.ts";

/** What a registry wants opened; each list ascends and repeats nothing. */
export interface Draw {
  /** Rows of C: their words, and their tags in the drawn sweeps. */
  readonly rows: readonly number[];
  /** Lanes of the chain, each of another leaf. */
  readonly lanes: readonly number[];
  /** Sweeps, from 0. */
  readonly sweeps: readonly number[];
}

/** How many rows and lanes are opened: what is wrong in a share f of them passes with (1 − f)⁶⁴. */
export const OPENED = 64;
/** How many sweeps are opened: one that left out a share f of them passes with (1 − f)⁸. */
export const OPENED_SWEEPS = 8;

/**
 * Draws what to open. Only after all commitments have arrived, and never derived from them: that
 * would let a provider grind roots. `random` must be a CSPRNG that nobody foresees.
 */
export function drawOpenings(size: ProofSize, random: FillRandom): Draw {
  const leaves = chainLeaves(size);
  const within = new Uint8Array(OPENED);
  random(within);
  const lanes = drawDistinct(leaves, random, Math.min(OPENED, leaves))
    .map((leaf, i) => leaf * LANES_PER_LEAF + within[i]! % LANES_PER_LEAF);
  return {
    rows: drawDistinct(size.m, random, OPENED),
    lanes,
    sweeps: drawDistinct(size.sweeps, random, Math.min(OPENED_SWEEPS, size.sweeps)),
  };
}
