import type { EventData } from "../../protocol/feed.ts";
import { type Effects, note } from "../effects.ts";
import { badgeEndsAt, statusOf } from "../listing.ts";
import { mismatch, recordOf } from "../records.ts";
import type { Gpu, MarketState } from "../state.ts";
import { countTime } from "./tally.ts";

/** Gives a GPU the status that follows from all that is known of it, and its badge its deadline. */
export function relist(state: MarketState, gpu: Gpu): void {
  gpu.status = statusOf(gpu, state.settings);
  const ends_at = badgeEndsAt(gpu, state.settings);
  if (ends_at !== null) state.deadlines.add("badge", gpu.gpu_id, ends_at, 0);
}

/** A lease on it goes on; until its next good verdict it can't be rented. */
export function gpuExpired(
  state: MarketState,
  { gpu_id }: EventData["gpu.expired"],
  effects: Effects,
): void {
  const gpu = recordOf(state.gpus, gpu_id);
  if (gpu.status !== "listed") throw mismatch(`${gpu_id} is ${gpu.status}`);
  countTime(state, gpu);
  gpu.expired = true;
  relist(state, gpu);
  note(effects, "changed_gpus", gpu_id);
}
