import type { EventData } from "../../protocol/feed.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { type Effects, note } from "../effects.ts";
import { numberOfEvent } from "../ids.ts";
import { queueMatch } from "../matches.ts";
import { mismatch, recordOf } from "../records.ts";
import type { Arrival, Gpu, MarketState } from "../state.ts";
import { relist } from "./badges.ts";
import { removeGpu } from "./gpu_records.ts";
import { countTime } from "./tally.ts";

/** It is gone, and this home remembers where to. */
export function gpuLeft(
  state: MarketState,
  { gpu_id, owner, to, home_epoch }: EventData["gpu.left"],
  { seq, at }: { seq: number; at: number },
  effects: Effects,
): void {
  const gpu = recordOf(state.gpus, gpu_id);
  if (gpu.owner !== owner || gpu.home_epoch + 1 !== home_epoch) {
    throw mismatch(`${gpu_id} can't leave as ${owner}'s for its home ${home_epoch}`);
  }
  if (gpu.lease_id !== null || gpu.auction_id !== null) throw mismatch(`${gpu_id} is in use`);
  removeGpu(state, gpu, effects);
  state.departures.set(gpu_id, { gpu_id, owner, to, home_epoch, left_at: at, seq });
  if (state.departures.size <= LIMITS.departures) return;
  const [earliest] = state.departures.keys();
  if (earliest !== undefined) state.departures.delete(earliest);
}

/** From now on its status is what its verdict says. */
export function gpuArrived(
  state: MarketState,
  { gpu_id }: EventData["gpu.arrived"],
  effects: Effects,
): void {
  const gpu = movingGpu(state, gpu_id);
  countTime(state, gpu);
  gpu.arrival = null;
  relist(state, gpu);
  queueMatch(state, gpu_id);
  note(effects, "changed_gpus", gpu_id);
}

/** It is gone, and may come again when it has left its old home. */
export function moveRefused(
  state: MarketState,
  { gpu_id }: EventData["gpu.move_refused"],
  effects: Effects,
): void {
  removeGpu(state, movingGpu(state, gpu_id), effects);
}

/** The wait of a GPU that is registered: a new one, none, or that of the record it replaces. */
export function arrivalOf(
  { moved, arrives_at }: EventData["gpu.registered"],
  { seq, at }: { seq: number; at: number },
  known: Gpu | undefined,
): Arrival | null {
  if (moved === undefined) return known?.arrival ?? null;
  return arrives_at === undefined ? null : { at: arrives_at, began_at: at, seq, from: moved.from };
}

/** Notes when a GPU's wait is over. */
export function addArrival(state: MarketState, gpu_id: string, { at, seq }: Arrival): void {
  state.deadlines.add("arrival", gpu_id, at, numberOfEvent(seq));
}

/** While the registry was down no old home could object, so what moves waits longer. */
export function delayArrivals(state: MarketState, length_ms: number, effects: Effects): void {
  for (const { gpu_id, arrival } of state.gpus.values()) {
    if (arrival === null) continue;
    arrival.at += length_ms;
    addArrival(state, gpu_id, arrival);
    note(effects, "changed_gpus", gpu_id);
  }
}

function movingGpu(state: MarketState, gpu_id: string): Gpu {
  const gpu = recordOf(state.gpus, gpu_id);
  if (gpu.arrival === null) throw mismatch(`${gpu_id} is not moving`);
  return gpu;
}
