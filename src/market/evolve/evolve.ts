import type { FeedEvent } from "../../protocol/feed.ts";
import type { Effects } from "../effects.ts";
import type { MarketState } from "../state.ts";

/**
 * Changes the state by the next event and returns what changed. Throws `state_mismatch` for an event
 * that can't follow, or whose postings don't balance; the state is then to be thrown away.
 */
export function evolve(_state: MarketState, _event: FeedEvent): Effects {
  throw new Error("being written");
}
