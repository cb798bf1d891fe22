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

/** The lease that money moved for. */
function refOf(event: FeedEvent): string | null {
  return "lease_id" in event.data ? event.data.lease_id : null;
}
