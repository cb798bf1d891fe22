import { type Effects, note } from "../effects.ts";
import { queueMatch } from "../matches.ts";
import type { Gpu, MarketState } from "../state.ts";

/** Takes the record of a GPU out, that nothing is under way on. */
export function removeGpu(state: MarketState, { gpu_id, owner }: Gpu, effects: Effects): void {
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
