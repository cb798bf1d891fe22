import { expectedMs, type ExpectedSpeeds } from "../../proof/plan.ts";
import { chainOperationsOf, operationsOf, type ProofSize, sweptBytesOf } from "../../proof/size.ts";
import { LIMITS } from "../../protocol/limits.ts";

/** What is timed, in its order. */
export const STAGES = ["matrix", "chain", "sweep"] as const;
export type Stage = (typeof STAGES)[number];

/** The share of the expected speed below which no verdict is good: later than that needs no waiting. */
const SLOWEST = 0.15;
const MB_PER_GB = 1000;

/**
 * How long each stage may take, in milliseconds: what the slowest adapter of the class needs, the
 * round trip, and some slack. Past it the proof has failed.
 */
export function stageLimits(
  size: ProofSize,
  expected: ExpectedSpeeds,
  round_trip_ms: number,
): Record<Stage, number> {
  const limit = (amount: number, rate_g: number) => {
    const needed_ms = expectedMs(amount, rate_g) / SLOWEST;
    const limit_ms = needed_ms + round_trip_ms + LIMITS.proof_slack_ms;
    return Math.min(LIMITS.proof_stage_max_ms, Math.ceil(limit_ms));
  };
  return {
    matrix: limit(operationsOf(size), expected.gops),
    chain: limit(chainOperationsOf(size), expected.chain_gops),
    sweep: limit(sweptBytesOf(size), expected.memory_mb_per_s / MB_PER_GB),
  };
}
