import type { EventDraft } from "../protocol/feed.ts";
import type { Side } from "../protocol/job.ts";
import { numberOf } from "./ids.ts";
import { isOnline, type Job, type MarketState } from "./state.ts";

/** How an attempt of a job went wrong. */
export interface Mishap {
  state: "failed" | "lost";
  reason: string;
  side: Side | null;
  result?: string | null;
}

/**
 * What becomes of a job whose attempt went wrong: another attempt if its `retry` says so and a GPU is
 * there, else its end. `leaving` is a GPU that is going away by the same decision.
 */
export function retryOrEnd(
  state: MarketState,
  job: Job,
  mishap: Mishap,
  leaving: string | null = null,
): EventDraft {
  const { job_id } = job;
  const { reason, side, result = null } = mishap;
  const place = mayRetry(job, mishap.state) ? placeForRetry(state, job, leaving) : null;
  if (place === null) {
    return { type: "job.ended", data: { job_id, state: mishap.state, reason, side, result } };
  }
  const fault = state.settings.badge_life_ms === undefined ? {} : { side };
  const data = { job_id, attempt: job.attempt + 1, ...place, reason, ...fault };
  return { type: "job.requeued", data };
}

/** `attempts` counts those after the first. */
function mayRetry(job: Job, state: Mishap["state"]): boolean {
  return job.attempt <= job.retry.attempts && job.retry.on.includes(state);
}

/** The renter's oldest other lease whose GPU is online, else the job's own if that one is. */
function placeForRetry(
  state: MarketState,
  job: Job,
  leaving: string | null,
): { gpu_id: string; lease_id: string } | null {
  let best: { gpu_id: string; lease_id: string } | null = null;
  for (const lease_id of state.live_leases.get(job.renter) ?? []) {
    const gpu_id = state.leases.get(lease_id)?.gpu_id ?? "";
    const gpu = state.gpus.get(gpu_id);
    if (gpu === undefined || gpu_id === leaving || !isOnline(state, gpu)) continue;
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
