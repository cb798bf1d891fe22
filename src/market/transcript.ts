import type { FeedEvent } from "../protocol/feed.ts";

/** One contradiction in the feed of an auction. */
export interface AuctionProblem {
  kind:
    | "changed_bid"
    | "left_out_bid"
    | "wrong_winner"
    | "wrong_price"
    | "wrong_lease"
    | "bad_opening"
    | "not_cleared";
  bid_id?: string;
  message: string;
}

/** Whether a closed auction's outcome follows from its bids. */
export type Recheck = { ok: true } | { ok: false; problems: AuctionProblem[] };

/**
 * Clears an auction again from the signed bids in the feed, and compares. `events` are those of the
 * feed from the auction's start (or before) to its clearing, without gaps; `unsigned_seqs` are the
 * events whose intent's signature did not verify.
 */
export function recheckAuction(
  _events: readonly FeedEvent[],
  auction_id: string,
  _unsigned_seqs: ReadonlySet<number> = new Set(),
): Recheck {
  const message = `${auction_id} has not been cleared in these events.`;
  return { ok: false, problems: [{ kind: "not_cleared", message }] };
}
