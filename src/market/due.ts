import type { EventDraft } from "../protocol/feed.ts";
import type { MarketState } from "./state.ts";

/** What happens next by the passing of time alone, and when. */
export interface Due {
  draft: EventDraft;
  /** The deadline, but never before the last event. */
  at: number;
}

/** When `due` has something next; undefined while nothing is under way. */
export function nextDeadline(_state: MarketState): number | undefined {
  throw new Error("being written");
}

/**
 * The next event that is due by a time, in (deadline, id) order: one a call, to be evolved before the
 * next call. A `node.gap` is decided before it, since it moves deadlines.
 */
export function due(_state: MarketState, _at: number): Due | undefined {
  throw new Error("being written");
}
