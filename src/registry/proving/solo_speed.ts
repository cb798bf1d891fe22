import { chainOperationsOf, operationsOf, type ProofSize, sweptBytesOf } from "../../proof/size.ts";
import type { Verdict } from "../../protocol/gpu.ts";
import type { OpenChallenge } from "./open_challenge.ts";
import { type Stage, STAGES } from "./stage_limits.ts";

/** How much of each stage's work a GPU does in a millisecond. */
export type Speeds = Readonly<Record<Stage, number>>;

/** Of 10⁹ in a second, in a millisecond; and of 10⁶. */
const G_PER_MS = 1e6;
const MB_PER_MS = 1e3;

/** The speeds of a proof; null if it was not finished. */
export function speedsOf(open: OpenChallenge): Speeds | null {
  const times = timesOf(open);
  if (open.size === null || times === null) return null;
  const work = workOf(open.size);
  return {
    matrix: work.matrix / times.matrix,
    chain: work.chain / times.chain,
    sweep: work.sweep / times.sweep,
  };
}

/** The speeds of a verdict's figures; null where it has not all of them. */
export function speedsIn({ figures }: Verdict): Speeds | null {
  const { gops, chain_gops, memory_mb_per_s } = figures;
  if (!gops || !chain_gops || !memory_mb_per_s) return null;
  return {
    matrix: gops * G_PER_MS,
    chain: chain_gops * G_PER_MS,
    sweep: memory_mb_per_s * MB_PER_MS,
  };
}

/**
 * How fast a proof was, as a share of what the GPU does alone: the time that all its work takes alone,
 * to the time that it took. Null where it was not finished, or the speed alone is not known.
 */
export function shareOfSolo(open: OpenChallenge, solo: Speeds | null): number | null {
  const times = timesOf(open);
  if (open.size === null || times === null || solo === null) return null;
  const work = workOf(open.size);
  let alone_ms = 0;
  let took_ms = 0;
  for (const stage of STAGES) {
    alone_ms += work[stage] / solo[stage];
    took_ms += times[stage];
  }
  return alone_ms / took_ms;
}

function workOf(size: ProofSize): Record<Stage, number> {
  return {
    matrix: operationsOf(size),
    chain: chainOperationsOf(size),
    sweep: sweptBytesOf(size),
  };
}

/** What each stage took, in milliseconds, and never nothing. */
function timesOf({ stages }: OpenChallenge): Record<Stage, number> | null {
  const times = { matrix: 0, chain: 0, sweep: 0 };
  for (const stage of STAGES) {
    const { t0_ms, t1_ms } = stages[stage];
    if (t0_ms === null || t1_ms === null) return null;
    times[stage] = Math.max(Number.MIN_VALUE, t1_ms - t0_ms);
  }
  return times;
}
