import type { EventDraft, FailoverLease } from "../protocol/feed.ts";
import type { Side } from "../protocol/job.ts";
import { placeFor, type Placing } from "./placement.ts";
import type { Job, MarketState } from "./state.ts";

/** How an attempt of a job went wrong. */
export interface Mishap {
  state: "failed" | "lost";
  reason: string;
  side: Side | null;
  result?: string | null;
}

/** The seq of the first event, when it happens, and a GPU that is going away by the same decision. */
export type Moment = Pick<Placing, "seq" | "at"> & { leaving?: string };

/**
 * What becomes of a job whose attempt went wrong: another attempt if its `retry` says so and there is
 * a GPU for it, else its end.
 */
export function retryOrEnd(
  state: MarketState,
  job: Job,
  mishap: Mishap,
  { seq, at, leaving }: Moment,
  opened: FailoverLease | null = null,
): EventDraft {
  const { job_id } = job;
  const { reason, side, result = null } = mishap;
  const avoids = job.failover !== undefined && side === "provider";
  const failed_on = avoids ? job.gpu_id : undefined;
  const place = mayRetry(job, mishap.state)
    ? placeFor(state, job, failed_on, { seq, at, leaving: leaving ?? null, opened })
    : null;
  if (place === null) {
    return { type: "job.ended", data: { job_id, state: mishap.state, reason, side, result } };
  }
  const fault = state.settings.badge_life_ms === undefined ? {} : { side };
  const avoided = failed_on === undefined ? {} : { failed_on };
  const data = { job_id, attempt: job.attempt + 1, ...place, reason, ...fault, ...avoided };
  return { type: "job.requeued", data };
}

/** The same for several jobs of one renter's, one event each: what one of them rents serves the next. */
export function retryOrEndAll(
  state: MarketState,
  jobs: readonly Job[],
  mishap: Mishap,
  moment: Moment,
): EventDraft[] {
  let opened: FailoverLease | null = null;
  return jobs.map((job, i) => {
    const draft = retryOrEnd(state, job, mishap, { ...moment, seq: moment.seq + i }, opened);
    if (draft.type === "job.requeued") opened ??= draft.data.opens ?? null;
    return draft;
  });
}

/** `attempts` counts those after the first. */
function mayRetry(job: Job, state: Mishap["state"]): boolean {
  return job.attempt <= job.retry.attempts && job.retry.on.includes(state);
}
