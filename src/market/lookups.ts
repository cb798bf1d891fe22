import { LIMITS } from "../protocol/limits.ts";
import { numberOf } from "./ids.ts";
import type { Auction, Bid, Job, MarketState } from "./state.ts";

const BPS = 10_000;

/** Seq of the event that answered an actor's intent of that id, while it is remembered. */
export function seen(state: MarketState, actor: string, id: string): number | undefined {
  return state.intents.get(actor, id);
}

/** The unfinished jobs of a GPU's live lease in the order in which they are to run. */
export function openJobs(state: MarketState, gpu_id: string): Job[] {
  const lease_id = state.gpus.get(gpu_id)?.lease_id;
  return lease_id === undefined || lease_id === null ? [] : openJobsOfLease(state, lease_id);
}

/** The unfinished jobs of a lease, those of a higher priority first, then the oldest. */
export function openJobsOfLease(state: MarketState, lease_id: string): Job[] {
  const jobs: Job[] = [];
  for (const job_id of state.open_jobs.get(lease_id) ?? []) {
    const job = state.jobs.get(job_id);
    if (job !== undefined) jobs.push(job);
  }
  return jobs.sort((a, b) => b.priority - a.priority || numberOf(a.job_id) - numberOf(b.job_id));
}

/** The bids that stand in an auction, the oldest first. */
export function bidsOfAuction(state: MarketState, auction_id: string): Bid[] {
  const bids: Bid[] = [];
  for (const bid_id of state.auction_bids.get(auction_id) ?? []) {
    const bid = state.bids.get(bid_id);
    if (bid !== undefined) bids.push(bid);
  }
  return bids.sort((a, b) => numberOf(a.bid_id) - numberOf(b.bid_id));
}

/** The least price (micro-dollars an hour) that an English auction takes. */
export function leastEnglishBid(
  auction: Pick<Auction, "best_micros_per_hour" | "reserve_micros_per_hour">,
): number {
  const { best_micros_per_hour, reserve_micros_per_hour } = auction;
  if (best_micros_per_hour === null) return reserve_micros_per_hour;
  const step_micros = Math.ceil(best_micros_per_hour * LIMITS.english_increment_bps / BPS);
  return best_micros_per_hour + Math.max(1, step_micros);
}
