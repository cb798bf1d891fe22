import { HorizonError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { FeedEvent, Head } from "../../protocol/feed.ts";
import { readChain } from "./chain.ts";
import { readEvent } from "./event.ts";

/** What the feed says of one auction. */
export interface AuctionFeed {
  /** All events up to the auction's end, from its start or from the earliest bid that entered it. */
  events: FeedEvent[];
  /** Ids of the bids that took part. */
  bids: ReadonlySet<string>;
  /** The signed head that the events are chained to. */
  head: Head;
}

const ENDS: ReadonlySet<string> = new Set(["auction.cleared", "auction.cancelled"]);

/**
 * Reads an auction from the signed feed, chained up to the head. Bids may have rested long before the
 * auction: then it is read again from the first of them. Throws `auction_not_found`, and what
 * `readChain` does.
 */
export async function readAuctionFeed(client: Client, auction_id: string): Promise<AuctionFeed> {
  const start_seq = numberOf(auction_id);
  const feed = await readFrom(client, auction_id, start_seq);
  const [first] = feed.events;
  if (first?.type !== "auction.started" || first.data.auction_id !== auction_id) {
    throw new HorizonError("auction_not_found", `The feed has no auction ${auction_id}.`);
  }
  const earliest_seq = Math.min(...[...feed.bids].map(numberOf));
  return earliest_seq < start_seq ? await readFrom(client, auction_id, earliest_seq) : feed;
}

async function readFrom(
  client: Client,
  auction_id: string,
  first_seq: number,
): Promise<AuctionFeed> {
  const events: FeedEvent[] = [];
  const bids = new Set<string>();
  let isOver = false;
  const { seq, hash } = await readChain(client, first_seq, (raw) => {
    if (isOver) return;
    const event = readEvent(raw);
    events.push(event);
    if (!("auction_id" in event.data) || event.data.auction_id !== auction_id) return;
    if ("bid_id" in event.data) bids.add(event.data.bid_id);
    isOver = ENDS.has(event.type);
  });
  return { events, bids, head: { seq, hash } };
}

/** The seq that an id carries: "auction_12" is of event 12. */
function numberOf(id: string): number {
  return parseInt(id.slice(id.indexOf("_") + 1));
}
