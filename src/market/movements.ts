import type { FeedEvent } from "../protocol/feed.ts";
import type { Movement } from "../protocol/wallet.ts";
import type { Posting } from "./effects.ts";

/** A movement, whose it is, and its place among those of its event. */
export interface ActorMovement {
  actor: string;
  n: number;
  movement: Movement;
}

/** What an event's postings mean to the wallets of its actors. */
export function movementsOf(event: FeedEvent, postings: readonly Posting[]): ActorMovement[] {
  const { seq, at, type } = event;
  const ref = refOf(event);
  return postings.flatMap((posting, n) => {
    const { account, actor, amount_micros } = posting;
    if (actor === null) return [];
    return [{ actor, n, movement: { seq, at, account, amount_micros, type, ref } }];
  });
}

/** The lease, bid, auction or GPU that money moved for. */
function refOf({ data }: FeedEvent): string | null {
  if ("lease_id" in data) return data.lease_id;
  if ("bid_id" in data) return data.bid_id;
  if ("auction_id" in data) return data.auction_id;
  return "gpu_id" in data ? data.gpu_id : null;
}
