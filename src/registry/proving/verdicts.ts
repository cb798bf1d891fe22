import { judge } from "../../proof/judge.ts";
import type { ProofOutcome } from "../../proof/outcome.ts";
import type { Verdict } from "../../protocol/gpu.ts";
import type { OpenChallenge, StageRecord } from "./open_challenge.ts";

/** Size of a proof that was never planned: nothing was measured. */
const NO_SIZE = { m: 0, k: 0, n: 0 };

/** The verdict over a proof whose answer was checked. */
export function verdictOf(open: OpenChallenge, outcome: ProofOutcome): Verdict {
  return judge({
    size: open.size ?? NO_SIZE,
    elapsed_ms: elapsed(open.stages.matrix),
    claimed_type: open.gpu.gpu_type,
    adapter: open.gpu.adapter,
    outcome,
  });
}

/** The verdict over a challenge that was not brought to its end. */
export function abandonedVerdict(open: OpenChallenge, step: string, reason: string): Verdict {
  const failure = { ok: false, step: "openings", code: step, reason } as const;
  return { ...verdictOf(open, failure), step, reason: `${reason} (${step}).` };
}

/** What a stage took, in milliseconds; 0 for one that was not finished. */
export function elapsed({ t0_ms, t1_ms }: StageRecord): number {
  return t0_ms === null || t1_ms === null ? 0 : Math.max(0, t1_ms - t0_ms);
}
