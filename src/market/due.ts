import type { EventDraft } from "../protocol/feed.ts";
import { auctionCleared } from "./auction_cleared.ts";
import type { Deadline } from "./deadlines.ts";
import { openJobsOfLease } from "./lookups.ts";
import { nextMatch } from "./matches.ts";
import { recordOf } from "./records.ts";
import { retryOrEnd } from "./retry.ts";
import { leaseEnded } from "./settlement.ts";
import type { Auction, Job, Lease, MarketState } from "./state.ts";

/** What happens next by the passing of time alone, and when. */
export interface Due {
  draft: EventDraft;
  /** The deadline, but never before the last event. */
  at: number;
}

/** When `due` has something next, which may be at once; undefined while nothing is under way. */
export function nextDeadline(state: MarketState): number | undefined {
  return nextMatch(state) === null ? nextTime(state) : state.at;
}

function nextTime(state: MarketState): number | undefined {
  const deadline_at = state.deadlines.next(state)?.at;
  const archive_at = state.archivable.next_at;
  if (deadline_at === undefined || archive_at === undefined) return deadline_at ?? archive_at;
  return Math.min(deadline_at, archive_at);
}

/**
 * The next event that is due by a time: what resting bids come to first, then (deadline, id) order. One
 * a call, to be evolved before the next call. It depends on the state alone, however late it is asked for. A `node.gap` is decided
 * before it, since it moves deadlines.
 */
export function due(state: MarketState, at: number): Due | undefined {
  const match = nextMatch(state);
  if (match !== null) return { draft: match, at: state.at };
  const next_at = nextTime(state);
  if (next_at === undefined || next_at > at) return undefined;
  const event_at = Math.max(next_at, state.at);
  const deadline = state.deadlines.next(state);
  const draft = deadline?.at === next_at
    ? draftOf(state, deadline, event_at)
    : archiveDraft(state.archivable.nextBatch());
  return { draft, at: event_at };
}

function draftOf(state: MarketState, { kind, id }: Deadline, at: number): EventDraft {
  if (kind === "overdue") return overdueDraft(state, recordOf(state.jobs, id), at);
  if (kind === "auction_end") return closingDraft(state, recordOf(state.auctions, id), at);
  if (kind === "bid_expiry") return expiredDraft(id);
  if (kind === "arrival") return { type: "gpu.arrived", data: { gpu_id: id } };
  if (kind === "badge") return { type: "gpu.expired", data: { gpu_id: id } };
  if (kind === "complaint") return { type: "gpu.challenge_lapsed", data: { gpu_id: id } };
  const lease = recordOf(state.leases, id);
  return kind === "lease_end" ? expiryDraft(state, lease, at) : offlineDraft(state, lease, at);
}

function overdueDraft(state: MarketState, job: Job, at: number): EventDraft {
  const mishap = { state: "lost", reason: "overdue", side: "provider" } as const;
  return retryOrEnd(state, job, mishap, { seq: state.seq + 1, at });
}

/** Open bids clear at once; sealed ones are to be opened before. */
function closingDraft(state: MarketState, auction: Auction, at: number): EventDraft {
  if (auction.format === "english") return auctionCleared(state, auction, state.seq + 1, at);
  return { type: "auction.closed", data: { auction_id: auction.auction_id } };
}

function expiredDraft(bid_id: string): EventDraft {
  return { type: "bid.ended", data: { bid_id, state: "expired", reason: null } };
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
  const mishap = { state: "lost", reason: "provider_offline", side: "provider" } as const;
  return retryOrEnd(state, job, mishap, { seq: state.seq + 1, at });
}

function archiveDraft(ids: readonly string[]): EventDraft {
  const of = (kind: string) => ids.filter((id) => id.startsWith(kind));
  const [leases, jobs] = [of("lease_"), of("job_")];
  return { type: "archived", data: { leases, jobs, auctions: of("auction_"), bids: of("bid_") } };
}
