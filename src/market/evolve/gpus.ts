import type { EventData } from "../../protocol/feed.ts";
import type { Settings } from "../../protocol/intent.ts";
import type { JobKind } from "../../protocol/job.ts";
import { type Effects, note } from "../effects.ts";
import { isListed, statusOf } from "../listing.ts";
import { queueMatch } from "../matches.ts";
import { stopMeter } from "../metering.ts";
import { mismatch, recordOf } from "../records.ts";
import type { Gpu, Lease, MarketState } from "../state.ts";
import { relist } from "./badges.ts";
import { endComplaint } from "./complaints.ts";
import { countGpu, removeGpu } from "./gpu_records.ts";
import { addArrival, arrivalOf } from "./homes.ts";
import { countProof, countTime, firstCounters, isCounting } from "./tally.ts";

/** What a GPU's provider takes until it says otherwise: no code of a renter's on the CPU. */
export const FIRST_KINDS: readonly JobKind[] = ["wgsl", "onnx"];

export function gpuRegistered(
  state: MarketState,
  data: EventData["gpu.registered"],
  event: { seq: number; at: number },
  effects: Effects,
): void {
  const known = state.gpus.get(data.gpu_id);
  if (known === undefined) countGpu(state, data.owner, 1);
  else if (known.owner !== data.owner || known.lease_id !== null || known.auction_id !== null) {
    throw mismatch(`${data.gpu_id} can't be registered again`);
  }
  const { moved: _moved, arrives_at: _wait, ...described } = data;
  const unproven = { verdict: null, expired: false } as const;
  const blank = { proven_at: null, lease_id: null, auction_id: null, complaint: null };
  const arrival = arrivalOf(data, event, known);
  if (known !== undefined) {
    countTime(state, known);
    endComplaint(known, effects);
  }
  state.gpus.set(data.gpu_id, {
    ...described,
    ...unproven,
    ...blank,
    status: statusOf({ arrival, ...unproven }, state.settings),
    registered_at: event.at,
    home_epoch: data.moved?.home_epoch ?? known?.home_epoch ?? 1,
    arrival,
    kinds: [...known?.kinds ?? FIRST_KINDS],
    online: known?.online ?? false,
    complaints: known?.complaints ?? [],
    counters: firstCounters(state, data.owner, known),
    counted_at: isCounting(state) ? event.at : null,
  });
  state.departures.delete(data.gpu_id);
  if (arrival !== null) addArrival(state, data.gpu_id, arrival);
  queueMatch(state, data.gpu_id);
  note(effects, "changed_gpus", data.gpu_id);
}

export function gpuUpdated(
  state: MarketState,
  { gpu_id, price_micros_per_hour }: EventData["gpu.updated"],
  effects: Effects,
): void {
  recordOf(state.gpus, gpu_id).price_micros_per_hour = price_micros_per_hour;
  queueMatch(state, gpu_id);
  note(effects, "changed_gpus", gpu_id);
}

export function gpuOffered(
  state: MarketState,
  { gpu_id, kinds }: EventData["gpu.offered"],
  effects: Effects,
): void {
  recordOf(state.gpus, gpu_id).kinds = kinds;
  note(effects, "changed_gpus", gpu_id);
}

export function gpuDeregistered(
  state: MarketState,
  { gpu_id }: EventData["gpu.deregistered"],
  effects: Effects,
): void {
  const gpu = recordOf(state.gpus, gpu_id);
  if (gpu.lease_id !== null) throw mismatch(`${gpu_id} is leased`);
  if (gpu.auction_id !== null) throw mismatch(`${gpu_id} is on auction`);
  removeGpu(state, gpu, effects);
}

export function gpuJudged(
  state: MarketState,
  { gpu_id, verdict, listed }: EventData["gpu.judged"],
  at: number,
  effects: Effects,
): void {
  const gpu = recordOf(state.gpus, gpu_id);
  countTime(state, gpu);
  countProof(state, gpu, isListed(verdict, state.settings));
  gpu.verdict = verdict;
  gpu.expired = false;
  gpu.proven_at = verdict.verdict === "verified" || verdict.verdict === "software" ? at : null;
  relist(state, gpu);
  endComplaint(gpu, effects, listed);
  queueMatch(state, gpu_id);
  note(effects, "changed_gpus", gpu_id);
}

export function gpuOnline(
  state: MarketState,
  { gpu_id }: EventData["gpu.online"],
  at: number,
  effects: Effects,
): void {
  const gpu = recordOf(state.gpus, gpu_id);
  countTime(state, gpu);
  gpu.online = true;
  queueMatch(state, gpu_id);
  note(effects, "changed_gpus", gpu_id);
  const lease = leaseOn(state, gpu);
  if (lease === null) return;
  lease.offline_until = null;
  lease.meter_from ??= at;
  note(effects, "changed_leases", lease.lease_id);
}

export function gpuOffline(
  state: MarketState,
  { gpu_id, last_seen }: EventData["gpu.offline"],
  at: number,
  effects: Effects,
): void {
  const gpu = recordOf(state.gpus, gpu_id);
  countTime(state, gpu);
  gpu.online = false;
  note(effects, "changed_gpus", gpu_id);
  if (state.settings.mode === "served") suspendLease(state, gpu, last_seen, at, effects);
}

/** A registry that begins to serve others counts no GPU as online that doesn't answer. */
export function settingsChanged(
  state: MarketState,
  settings: Settings,
  at: number,
  effects: Effects,
): void {
  const isFirstServe = state.settings.mode === "embedded" && settings.mode === "served";
  if (state.settings.mode === "served" && settings.mode === "embedded") {
    throw mismatch("a served registry can't become an embedded one");
  }
  for (const gpu of state.gpus.values()) countTime(state, gpu);
  state.settings = settings;
  for (const gpu of state.gpus.values()) {
    gpu.counted_at = isCounting(state) ? at : null;
    relist(state, gpu);
    if (isFirstServe && !gpu.online) suspendLease(state, gpu, at, at, effects);
    queueMatch(state, gpu.gpu_id);
    note(effects, "changed_gpus", gpu.gpu_id);
  }
}

/** Stops the meter of a GPU's lease as of a time, and gives the provider its grace from `at` on. */
function suspendLease(
  state: MarketState,
  gpu: Gpu,
  stopped_at: number,
  at: number,
  effects: Effects,
): void {
  const lease = leaseOn(state, gpu);
  if (lease === null || lease.offline_until !== null) return;
  stopMeter(lease, stopped_at);
  lease.offline_until = at + state.settings.offline_grace_ms;
  state.deadlines.add("offline", lease.lease_id, lease.offline_until);
  note(effects, "changed_leases", lease.lease_id);
}

function leaseOn(state: MarketState, gpu: Gpu): Lease | null {
  return gpu.lease_id === null ? null : recordOf(state.leases, gpu.lease_id);
}
