import type { EventData } from "../../protocol/feed.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { addPostings, type Effects } from "../effects.ts";
import { holdPostings, payPostings, releasePostings } from "../ledger.ts";
import { mismatch, recordOf } from "../records.ts";
import type { Gpu, MarketState } from "../state.ts";

/** The fee is held, and the GPU remembers who complained of it lately. */
export function gpuChallenged(
  state: MarketState,
  { gpu_id, actor, fee_micros }: EventData["gpu.challenged"],
  { seq, at }: { seq: number; at: number },
  effects: Effects,
): void {
  const gpu = recordOf(state.gpus, gpu_id);
  if (gpu.complaint !== null) throw mismatch(`${gpu_id} has an open complaint`);
  effects.postings = holdPostings(state, actor, fee_micros);
  gpu.complaint = { actor, fee_micros, at, seq };
  gpu.complaints = [
    ...gpu.complaints.filter((one) => one.at > at - LIMITS.complaint_window_ms),
    { actor, at },
  ];
  state.deadlines.add("complaint", gpu_id, at + LIMITS.complaint_wait_ms, 0);
}

export function challengeLapsed(
  state: MarketState,
  { gpu_id }: EventData["gpu.challenge_lapsed"],
  effects: Effects,
): void {
  const gpu = recordOf(state.gpus, gpu_id);
  if (gpu.complaint === null) throw mismatch(`${gpu_id} has no open complaint`);
  endComplaint(gpu, effects);
}

/** Ends a GPU's open complaint, if it has one: the fee is its owner's, or goes back. */
export function endComplaint(gpu: Gpu, effects: Effects, has_held = false): void {
  if (gpu.complaint === null) return;
  const { actor, fee_micros } = gpu.complaint;
  gpu.complaint = null;
  addPostings(
    effects,
    has_held ? payPostings(actor, gpu.owner, fee_micros) : releasePostings(actor, fee_micros),
  );
}
