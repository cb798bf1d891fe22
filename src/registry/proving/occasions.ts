import {
  type Gpu,
  isOnline,
  type Job,
  type Lease,
  type MarketState,
  openJobs,
} from "../../market/market.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { ProofReason } from "../../protocol/proof.ts";

/** True on a registry whose badges expire, and that so has its GPUs proven again and again. */
export function provesAgain({ settings }: MarketState): boolean {
  return settings.mode === "served" && settings.badge_life_ms !== undefined;
}

/** What the state itself asks of a GPU at a time (milliseconds since the epoch); null if nothing. */
export function dueReason(
  state: MarketState,
  gpu: Gpu,
  now: number,
  isFirst: (lease: Lease) => boolean,
): ProofReason | null {
  if (!isOnline(state, gpu) || gpu.verdict === null) return null;
  if (gpu.complaint !== null) return "complaint";
  if (!provesAgain(state)) return null;
  const lease = gpu.lease_id === null ? undefined : state.leases.get(gpu.lease_id);
  if (lease !== undefined && (gpu.proven_at ?? 0) < lease.started_at && isFirst(lease)) {
    return "first_rental";
  }
  return isIdle(gpu) && isExpiring(state, gpu, now) ? "idle" : null;
}

/** True if nobody has the GPU's time. */
export function isIdle({ lease_id, auction_id, status }: Gpu): boolean {
  return lease_id === null && auction_id === null && (status === "listed" || status === "expired");
}

/** True if a daemon runs a job on it. */
export function isBusy(state: MarketState, gpu_id: string): boolean {
  return openJobs(state, gpu_id).some(isHeld);
}

/** True for a job that a daemon has: claimed, and not ended. */
export function isHeld({ state }: Job): boolean {
  return state === "assigned" || state === "running";
}

/**
 * True for a lease that is the first of its GPU's since that was registered, of those in memory: what
 * was shown then may be another machine by now.
 */
export function isFirstLease(state: MarketState, lease: Lease): boolean {
  const registered_at = state.gpus.get(lease.gpu_id)?.registered_at ?? 0;
  return state.leases.values().every((other) =>
    other.gpu_id !== lease.gpu_id || other.started_at < registered_at ||
    other.lease_id === lease.lease_id
  );
}

function isExpiring({ settings }: MarketState, gpu: Gpu, now: number): boolean {
  const life_ms = settings.badge_life_ms;
  if (gpu.status === "expired") return true;
  if (gpu.proven_at === null || life_ms === undefined) return false;
  const early_ms = Math.min(LIMITS.badge_renew_ms, life_ms / 2);
  return gpu.proven_at + life_ms - early_ms <= now;
}
