import { HorizonError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { FeedEvent, Head } from "../../protocol/feed.ts";
import { readAuctionFeed } from "./auction_feed.ts";
import { unsignedEvents } from "./signatures.ts";
import { isStartAsSigned } from "./terms.ts";

/** Something wrong with an auction: its kind for programs, and in words. */
export interface Problem {
  kind: string;
  bid_id?: string;
  message: string;
}

/** What a check of an auction found. */
export interface Verified {
  auction_id: string;
  ok: boolean;
  /** How many bids took part. */
  bids: number;
  price_micros_per_hour: number | null;
  /** The signed head of the feed that the auction is chained to. */
  head: Head;
  problems: Problem[];
}

/**
 * Clears an auction again from the registry's signed feed and compares. Throws `state_mismatch` where
 * the feed itself breaks, `auction_not_found`, `auction_state` where it isn't cleared, and what reading the feed throws.
 */
export async function verifyAuction(client: Client, auction_id: string): Promise<Verified> {
  const { events, bids, head } = await readAuctionFeed(client, auction_id);
  const cleared = events.at(-1);
  if (cleared?.type !== "auction.cleared") {
    const what = cleared?.type === "auction.cancelled" ? "was cancelled" : "is not over";
    throw new HorizonError("auction_state", `${auction_id} ${what}: there is no outcome to check.`);
  }
  const isOwn = ({ data }: FeedEvent) =>
    ("auction_id" in data && data.auction_id === auction_id) ||
    ("bid_id" in data && bids.has(data.bid_id));
  const unsigned = await unsignedEvents(events.filter(isOwn), client.node_id);
  const { recheckAuction } = await import("../../market/transcript.ts");
  const recheck = recheckAuction(events, auction_id, new Set(unsigned.keys()));
  const found = recheck.ok ? [] : recheck.problems;
  const problems = [
    ...found,
    ...forgeries(events, unsigned),
    ...changedTerms(events.filter(isOwn)),
  ];
  return {
    auction_id,
    ok: problems.length === 0,
    bids: bids.size,
    price_micros_per_hour: cleared.data.price_micros_per_hour,
    head,
    problems,
  };
}

function changedTerms(events: readonly FeedEvent[]): Problem[] {
  if (events.every(isStartAsSigned)) return [];
  return [{ kind: "changed_terms", message: "The auction is not what its owner signed." }];
}

/** The unsigned events that aren't bids: those the recheck names itself. */
function forgeries(
  events: readonly FeedEvent[],
  unsigned: ReadonlyMap<number, string>,
): Problem[] {
  return events.flatMap(({ seq, type }) => {
    const why = unsigned.get(seq);
    const isBid = type === "bid.placed" || type === "bid.sealed";
    if (why === undefined || isBid) return [];
    return [{ kind: "bad_signature", message: `Event ${seq} (${type}): ${why}.` }];
  });
}
