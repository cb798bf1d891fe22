import type { EventDraft } from "../protocol/feed.ts";
import type { Deadline } from "./deadlines.ts";
import { openJobsOfLease } from "./lookups.ts";
import { recordOf } from "./records.ts";
import { retryOrEnd } from "./retry.ts";
import { leaseEnded } from "./settlement.ts";
import type { Job, Lease, MarketState } from "./state.ts";

/** What happens next by the passing of time alone, and when. */
export interface Due {
  draft: EventDraft;
  /** The deadline, but never before the last event. */
  at: number;
}

/** When `due` has something next; undefined while nothing is under way. */
export function nextDeadline(state: MarketState): number | undefined {
  const deadline_at = state.deadlines.next(state)?.at;
  const archive_at = state.archivable.next_at;
  if (deadline_at === undefined || archive_at === undefined) return deadline_at ?? archive_at;
  return Math.min(deadline_at, archive_at);
}

/**
 * The next event that is due by a time, in (deadline, id) order: one a call, to be evolved before the
 * next call. It depends on the state alone, however late it is asked for. A `node.gap` is decided
 * before it, since it moves deadlines.
 */
export function due(state: MarketState, at: number): Due | undefined {
  const next_at = nextDeadline(state);
  if (next_at === undefined || next_at > at) return undefined;
  const event_at = Math.max(next_at, state.at);
  const deadline = state.deadlines.next(state);
  const draft = deadline?.at === next_at
    ? draftOf(state, deadline, event_at)
    : archiveDraft(state.archivable.nextBatch());
  return { draft, at: event_at };
}

function draftOf(state: MarketState, { kind, id }: Deadline, at: number): EventDraft {
  if (kind === "overdue") return overdueDraft(state, recordOf(state.jobs, id));
  const lease = recordOf(state.leases, id);
  return kind === "lease_end" ? expiryDraft(state, lease, at) : offlineDraft(state, lease, at);
}

function overdueDraft(state: MarketState, job: Job): EventDraft {
  return retryOrEnd(state, job, { state: "lost", reason: "overdue", side: "provider" });
}

/** A lease's jobs end before it, one event a call. */
function expiryDraft(state: MarketState, lease: Lease, at: number): EventDraft {
  const job = openJobsOfLease(state, lease.lease_id)[0];
  if (job === undefined) return leaseEnded(state, lease, "expired", at);
  const why = { state: "failed", reason: "lease_ended", side: "renter", result: null } as const;
  return { type: "job.ended", data: { job_id: job.job_id, ...why } };
}

/** Its queued jobs may go on elsewhere. */
function offlineDraft(state: MarketState, lease: Lease, at: number): EventDraft {
  const job = openJobsOfLease(state, lease.lease_id)[0];
  if (job === undefined) return leaseEnded(state, lease, "provider_offline", at);
  return retryOrEnd(state, job, { state: "lost", reason: "provider_offline", side: "provider" });
}

function archiveDraft(ids: readonly string[]): EventDraft {
  const leases = ids.filter((id) => id.startsWith("lease_"));
  const jobs = ids.filter((id) => id.startsWith("job_"));
  return { type: "archived", data: { leases, jobs } };
}
