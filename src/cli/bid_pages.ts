import type { Client } from "../client/client.ts";
import type { BidListing } from "../client/queries.ts";
import type { AuctionView, BidView } from "../protocol/auction.ts";
import { LIMITS } from "../protocol/limits.ts";

/** Every bid that a listing holds, over all its pages, newest first. */
export async function allBids(client: Client, listing: BidListing): Promise<BidView[]> {
  const bids: BidView[] = [];
  let cursor: string | null = null;
  do {
    const next = cursor === null ? {} : { cursor };
    const page = await client.bids({ ...listing, limit: LIMITS.page_max, ...next });
    bids.push(...page.bids);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return bids;
}

/** An actor's bids that may still become leases, newest first. */
export async function standingBids(client: Client, listing: BidListing): Promise<BidView[]> {
  const resting = await allBids(client, { ...listing, state: "resting" });
  const entered = await allBids(client, { ...listing, state: "entered" });
  return [...resting, ...entered].sort((a, b) => numberOf(b) - numberOf(a));
}

/**
 * Every bid of an auction that is over, in the order of the clearing: the best price first, then the
 * earlier bid. Null before that, since sealed bids have no price yet.
 */
export async function transcriptOf(
  client: Client,
  auction: AuctionView,
): Promise<BidView[] | null> {
  if (auction.ended_at === null) return null;
  const bids = await allBids(client, { auction_id: auction.auction_id });
  return bids.sort((a, b) => priceOf(b) - priceOf(a) || numberOf(a) - numberOf(b));
}

/** Bids that were never opened come last. */
function priceOf(bid: BidView): number {
  return bid.price_micros_per_hour ?? -1;
}

/** By the event that made it, then by its place in a bulk. */
function numberOf({ bid_id }: BidView): number {
  const [seq = "", place = "0"] = bid_id.slice("bid_".length).split("-");
  return Number(seq) * (LIMITS.bulk_bids + 1) + Number(place);
}
