import { judge } from "../../proof/judge.ts";
import type { ProofOutcome } from "../../proof/outcome.ts";
import type { Verdict } from "../../protocol/gpu.ts";
import type { OpenChallenge, StageRecord } from "./open_challenge.ts";

/** Size of a proof that was never planned: nothing was measured. */
const NO_SIZE = { m: 0, k: 0, n: 0 };

/** The verdict over a proof whose answer was checked. */
export function verdictOf(open: OpenChallenge, outcome: ProofOutcome): Verdict {
  const { size, gpu, stages, round_trip_ms } = open;
  return judge({
    size: size ?? NO_SIZE,
    elapsed_ms: elapsed(stages.matrix),
    chain_ms: elapsed(stages.chain),
    sweep_ms: elapsed(stages.sweep),
    round_trip_ms,
    claimed_type: gpu.gpu_type,
    claimed_vram_gb: gpu.vram_gb,
    adapter: gpu.adapter,
    outcome,
  });
}

/** The verdict over a challenge that was not brought to its end. */
export function abandonedVerdict(open: OpenChallenge): Verdict {
  const step = "deadline";
  const reason = abandonment(open);
  const failure = { ok: false, step: "openings", code: step, reason } as const;
  return { ...verdictOf(open, failure), step, reason: `${reason} (${step}).` };
}

/** What was waited for in vain. */
function abandonment({ step, limits_ms }: OpenChallenge): string {
  if (step === "matrix" || step === "chain" || step === "sweep") {
    const seconds = Math.round((limits_ms?.[step] ?? 0) / 1000);
    return `The commitment of the stage "${step}" did not come within ${seconds} s`;
  }
  const what = step === "issued" ? "before it began" : "after the openings were drawn";
  return `The challenge was abandoned ${what}`;
}

/** A stage that was finished took time, however coarse the clock: else its figure would be left out. */
const LEAST_MS = 1;

/** What a stage took, in milliseconds; 0 for one that was not finished. */
function elapsed({ t0_ms, t1_ms }: StageRecord): number {
  return t0_ms === null || t1_ms === null ? 0 : Math.max(LEAST_MS, t1_ms - t0_ms);
}
