import { HorizonError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { FeedEvent, Head } from "../../protocol/feed.ts";
import { readAuctionEvent } from "./auction_event.ts";
import { readChain } from "./chain.ts";

/** What the feed says of one auction. */
export interface AuctionFeed {
  /** The events of the auction and of its bids, in order. */
  events: FeedEvent[];
  /** The signed head that they were chained to. */
  head: Head;
}

/**
 * Reads an auction from the signed feed: all from its start to the head, and the earlier events that
 * placed the bids which entered it from rest. Throws `auction_not_found`, and what `readChain` does.
 */
export async function readAuctionFeed(client: Client, auction_id: string): Promise<AuctionFeed> {
  const start_seq = numberOf(auction_id);
  const events: FeedEvent[] = [];
  const bids = new Set<string>();
  const head = await readChain(client, start_seq, (raw) => {
    const event = readAuctionEvent(raw);
    if (event === null || !isAbout(event, auction_id, bids)) return;
    if ("bid_id" in event.data) bids.add(event.data.bid_id);
    events.push(event);
  });
  const [first] = events;
  if (first?.type !== "auction.started" || first.seq !== start_seq) {
    throw new HorizonError("auction_not_found", `The feed has no auction ${auction_id}.`);
  }
  const earlier = await placedBefore(client, [...bids], start_seq);
  return { events: [...earlier, ...events], head: { seq: head.seq, hash: head.hash } };
}

function isAbout(event: FeedEvent, auction_id: string, bids: ReadonlySet<string>): boolean {
  if ("auction_id" in event.data && event.data.auction_id === auction_id) return true;
  return event.type === "bid.ended" && bids.has(event.data.bid_id);
}

/** The events that placed bids before the auction: their own signatures vouch for them. */
async function placedBefore(
  client: Client,
  bids: readonly string[],
  start_seq: number,
): Promise<FeedEvent[]> {
  const seqs = bids.map(numberOf).filter((seq) => seq < start_seq).sort((a, b) => a - b);
  const placed: FeedEvent[] = [];
  for (const seq of seqs) {
    const { events: [raw] } = await client.feed(client.node_id, { after: seq - 1, limit: 1 });
    const event = raw === undefined ? null : readAuctionEvent(raw);
    if (event !== null) placed.push(event);
  }
  return placed;
}

/** The seq that an id carries: "auction_12" is of event 12. */
function numberOf(id: string): number {
  return Number(id.slice(id.indexOf("_") + 1));
}
