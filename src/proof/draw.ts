import { HorizonError } from "../base/errors.ts";
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

/**
 * Refuses what `drawOpenings` never draws: fewer openings than there must be, some twice, some that are
 * not there. Else a record that opens nothing would hold. Throws `invalid_challenge`.
 */
export function checkDraw(size: ProofSize, { rows, lanes, sweeps }: Draw): void {
  const leaves = chainLeaves(size);
  checkDrawn("rows", rows, OPENED, size.m);
  checkDrawn("lanes", lanes, Math.min(OPENED, leaves), size.lanes);
  checkDrawn("sweeps", sweeps, Math.min(OPENED_SWEEPS, size.sweeps), size.sweeps);
  const opened = new Set(lanes.map((lane) => Math.floor(lane / LANES_PER_LEAF)));
  if (opened.size < lanes.length) {
    throw new HorizonError("invalid_challenge", "Two of the drawn lanes are of one leaf");
  }
}

function checkDrawn(name: string, drawn: readonly number[], count: number, bound: number): void {
  if (drawn.length !== count) {
    const message = `The draw has ${drawn.length} ${name}, not ${count}`;
    throw new HorizonError("invalid_challenge", message);
  }
  const isOrdered = drawn.every((index, i) =>
    Number.isInteger(index) && index > (drawn[i - 1] ?? -1) && index < bound
  );
  if (isOrdered) return;
  const message = `The drawn ${name} don't ascend, or aren't all from 0 to ${bound - 1}`;
  throw new HorizonError("invalid_challenge", message);
}
