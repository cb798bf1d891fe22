import { holdMicros } from "../base/money.ts";
import type { FailoverLease } from "../protocol/feed.ts";
import { compileFilter } from "../protocol/filter.ts";
import type { JobFailover } from "../protocol/job.ts";
import { leaseIdOf } from "./lease_openings.ts";
import { spendableMicros } from "./ledger.ts";
import { numberOf } from "./ids.ts";
import { type Gpu, isFree, isOnline, type Job, type MarketState } from "./state.ts";
import { gpuView } from "./views.ts";

/** Where a job goes on; `opens` is the lease, where it has to be rented for that. */
export interface Place {
  gpu_id: string;
  lease_id: string;
  opens?: FailoverLease;
}

/** The event that places a job, and what is to be left out of account. */
export interface Placing {
  seq: number;
  at: number;
  /** A GPU that is going away by the same decision. */
  leaving: string | null;
  /** A lease that an earlier event of the same decision opens for the same renter. */
  opened: FailoverLease | null;
}

/** A failover rents for no less than this. */
const MIN_LEASE_S = 60;

/**
 * Where a job's next attempt may run, or null: on the renter's oldest other lease whose GPU is online,
 * else on its own. By the rules of `failover` only where its kind is offered, never on a GPU that it
 * failed on, and where no lease will do, on one rented for it.
 */
export function placeFor(
  state: MarketState,
  job: Job,
  failed_on: string | undefined,
  placing: Placing,
): Place | null {
  const { failover } = job;
  const avoided = new Set([...job.failed_on, failed_on, placing.leaving]);
  const mayRun = (gpu: Gpu) =>
    !avoided.has(gpu.gpu_id) && (failover === undefined || gpu.kinds.includes(job.kind));
  const leased = leasedPlace(state, job, mayRun);
  if (leased !== null || failover === undefined || failover === null) return leased;
  // One decision rents once: a second search would see the same GPU free and the same money unspent.
  return placing.opened === null
    ? rentedPlace(state, job, failover, mayRun, placing)
    : openedPlace(state, placing.opened, mayRun);
}

function leasedPlace(
  state: MarketState,
  job: Job,
  mayRun: (gpu: Gpu) => boolean,
): Place | null {
  let best: Place | null = null;
  for (const lease_id of state.live_leases.get(job.renter) ?? []) {
    const gpu_id = state.leases.get(lease_id)?.gpu_id ?? "";
    const gpu = state.gpus.get(gpu_id);
    if (gpu === undefined || !isOnline(state, gpu) || !mayRun(gpu)) continue;
    if (best === null || isBetter(lease_id, best.lease_id, job.lease_id)) {
      best = { gpu_id, lease_id };
    }
  }
  return best;
}

function isBetter(lease_id: string, than: string, own: string): boolean {
  if (than === own) return true;
  return lease_id !== own && numberOf(lease_id) < numberOf(than);
}

function openedPlace(
  state: MarketState,
  opened: FailoverLease | null,
  mayRun: (gpu: Gpu) => boolean,
): Place | null {
  const gpu = opened === null ? undefined : state.gpus.get(opened.gpu_id);
  if (opened === null || gpu === undefined || !mayRun(gpu)) return null;
  return { gpu_id: opened.gpu_id, lease_id: opened.lease_id };
}

/** On the cheapest free GPU, for the rest of the time that the renter had asked for. */
function rentedPlace(
  state: MarketState,
  job: Job,
  { where, max_price_micros_per_hour }: JobFailover,
  mayRun: (gpu: Gpu) => boolean,
  { seq, at }: Placing,
): Place | null {
  const passes = compileFilter(where);
  let best: Gpu | null = null;
  for (const gpu of state.gpus.values()) {
    if (gpu.price_micros_per_hour > max_price_micros_per_hour) continue;
    if (best !== null && !isCheaper(gpu, best)) continue;
    if (!isFree(state, gpu) || !mayRun(gpu) || isOwn(state, gpu, job)) continue;
    if (passes(gpuView(state, gpu))) best = gpu;
  }
  if (best === null) return null;
  const { gpu_id, price_micros_per_hour } = best;
  const left_ms = (state.leases.get(job.lease_id)?.ends_at ?? at) - at;
  const duration_s = Math.max(MIN_LEASE_S, Math.floor(left_ms / 1000));
  const hold_micros = holdMicros(price_micros_per_hour, duration_s);
  if (hold_micros > spendableMicros(state, job.renter)) return null;
  const lease_id = leaseIdOf(seq, 0);
  const ends_at = at + duration_s * 1000;
  const opens = { lease_id, gpu_id, price_micros_per_hour, hold_micros, ends_at, duration_s };
  return { gpu_id, lease_id, opens };
}

function isCheaper(gpu: Gpu, than: Gpu): boolean {
  if (gpu.price_micros_per_hour !== than.price_micros_per_hour) {
    return gpu.price_micros_per_hour < than.price_micros_per_hour;
  }
  return gpu.gpu_id < than.gpu_id;
}

function isOwn(state: MarketState, gpu: Gpu, job: Job): boolean {
  return gpu.owner === job.renter && state.settings.mode === "served";
}
