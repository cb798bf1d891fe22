import type { EventData } from "../../protocol/feed.ts";
import type { Effects } from "../effects.ts";
import { mismatch, recordOf } from "../records.ts";
import type { MarketState } from "../state.ts";
import { auctionView, bidView, jobView, leaseView } from "../views.ts";

/** Drops ended records from memory, and hands on their last views. */
export function archived(state: MarketState, data: EventData["archived"], effects: Effects): void {
  const { leases, jobs, auctions, bids } = data;
  const count = leases.length + jobs.length + auctions.length + bids.length;
  const leaving = new Set(state.archivable.take(count));
  const take = <T>(records: Map<string, T>, ids: readonly string[]): T[] =>
    ids.map((id) => {
      const record = recordOf(records, id);
      records.delete(id);
      leaving.delete(id);
      return record;
    });
  effects.archived_leases = take(state.leases, leases).map((lease) => leaseView(state, lease));
  effects.archived_jobs = take(state.jobs, jobs).map(jobView);
  effects.archived_auctions = take(state.auctions, auctions).map(auctionView);
  effects.archived_bids = take(state.bids, bids).map(bidView);
  if (leaving.size > 0) throw mismatch("other records are due to be archived");
}
