import { type Effects, note } from "../effects.ts";
import { queueMatch } from "../matches.ts";
import type { Gpu, MarketState } from "../state.ts";
import { endComplaint } from "./complaints.ts";
import { countTime } from "./tally.ts";

/** Takes the record of a GPU out, that nothing is under way on; a complaint's fee is released. */
export function removeGpu(state: MarketState, gpu: Gpu, effects: Effects): void {
  const { gpu_id, owner } = gpu;
  countTime(state, gpu);
  endComplaint(gpu, effects);
  state.gpus.delete(gpu_id);
  queueMatch(state, gpu_id);
  countGpu(state, owner, -1);
  note(effects, "changed_gpus", gpu_id);
}

/** Counts a GPU of an owner more, or less. */
export function countGpu(state: MarketState, owner: string, change: number): void {
  const count = (state.gpu_counts.get(owner) ?? 0) + change;
  if (count === 0) state.gpu_counts.delete(owner);
  else state.gpu_counts.set(owner, count);
}
