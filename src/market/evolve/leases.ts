import type { EventData, LeaseOpening } from "../../protocol/feed.ts";
import { type Effects, note } from "../effects.ts";
import { addTo, removeFrom } from "../index_sets.ts";
import { holdPostings, settlePostings } from "../ledger.ts";
import { skipGap } from "../metering.ts";
import { queueMatch } from "../matches.ts";
import { mismatch, recordOf } from "../records.ts";
import type { Lease, MarketState } from "../state.ts";
import { delayArrivals } from "./homes.ts";
import { countLease, skipDowntime } from "./tally.ts";

export function leaseOpened(
  state: MarketState,
  data: EventData["lease.opened"],
  at: number,
  effects: Effects,
): void {
  const { renter, owner, duration_s, hold_micros } = data;
  openLease(state, data, { renter, owner, duration_s }, at, effects);
  effects.postings = holdPostings(state, renter, hold_micros);
}

/** Opens a lease whose money is held. */
export function openLease(
  state: MarketState,
  opening: LeaseOpening,
  terms: { renter: string; owner: string; duration_s: number },
  at: number,
  effects: Effects,
): void {
  const { lease_id, gpu_id, price_micros_per_hour, hold_micros, ends_at } = opening;
  const gpu = recordOf(state.gpus, gpu_id);
  if (gpu.lease_id !== null) throw mismatch(`${gpu_id} is leased`);
  if (gpu.auction_id !== null) throw mismatch(`${gpu_id} is on auction`);
  gpu.lease_id = lease_id;
  state.leases.set(lease_id, {
    lease_id,
    gpu_id,
    ...terms,
    price_micros_per_hour,
    hold_micros,
    state: "live",
    reason: null,
    started_at: at,
    ends_at,
    ended_at: null,
    ended_seq: null,
    metered_ms: 0,
    meter_from: at,
    offline_until: null,
    cost_micros: 0,
  });
  addTo(state.live_leases, terms.renter, lease_id);
  state.deadlines.add("lease_end", lease_id, ends_at);
  note(effects, "changed_gpus", gpu_id);
  note(effects, "changed_leases", lease_id);
}

export function leaseExtended(
  state: MarketState,
  data: EventData["lease.extended"],
  effects: Effects,
): void {
  const lease = liveLease(state, data.lease_id);
  lease.duration_s += data.duration_s;
  lease.hold_micros += data.hold_micros;
  lease.ends_at = data.ends_at;
  state.deadlines.add("lease_end", lease.lease_id, lease.ends_at);
  effects.postings = holdPostings(state, lease.renter, data.hold_micros);
  note(effects, "changed_leases", lease.lease_id);
}

export function leaseEnded(
  state: MarketState,
  data: EventData["lease.ended"],
  event: { seq: number; at: number },
  effects: Effects,
): void {
  const lease = liveLease(state, data.lease_id);
  const { lease_id, gpu_id, renter } = lease;
  if (state.open_jobs.has(lease_id)) throw mismatch(`${lease_id} has unfinished jobs`);
  if (data.cost_micros + data.refund_micros !== lease.hold_micros) {
    throw mismatch(`the bill of ${lease_id} is not its hold`);
  }
  lease.state = "ended";
  lease.reason = data.reason;
  lease.ended_at = event.at;
  lease.ended_seq = event.seq;
  lease.metered_ms = data.metered_s * 1000;
  lease.meter_from = null;
  lease.offline_until = null;
  lease.cost_micros = data.cost_micros;
  recordOf(state.gpus, gpu_id).lease_id = null;
  removeFrom(state.live_leases, renter, lease_id);
  countLease(state, lease, data.reason);
  state.archivable.push(lease_id, event.at);
  queueMatch(state, gpu_id);
  effects.postings = settlePostings(lease, data);
  note(effects, "changed_gpus", gpu_id);
  note(effects, "changed_leases", lease_id);
}

/** Moves every deadline of what is under way by the gap. */
export function gap(state: MarketState, data: EventData["gap"], effects: Effects): void {
  const length_ms = data.to - data.from;
  delayArrivals(state, length_ms, effects);
  skipDowntime(state, data, effects);
  for (const lease of state.leases.values()) {
    if (lease.state !== "live") continue;
    skipGap(lease, data);
    state.deadlines.add("lease_end", lease.lease_id, lease.ends_at);
    if (lease.offline_until !== null) {
      lease.offline_until += length_ms;
      state.deadlines.add("offline", lease.lease_id, lease.offline_until);
    }
    for (const job_id of state.open_jobs.get(lease.lease_id) ?? []) {
      const job = recordOf(state.jobs, job_id);
      if (job.overdue_at === null) continue;
      job.overdue_at += length_ms;
      state.deadlines.add("overdue", job_id, job.overdue_at);
    }
    note(effects, "changed_leases", lease.lease_id);
  }
}

function liveLease(state: MarketState, lease_id: string): Lease {
  const lease = recordOf(state.leases, lease_id);
  if (lease.state !== "live") throw mismatch(`${lease_id} has ended`);
  return lease;
}
