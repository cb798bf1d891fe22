import type { HorizonError } from "../../base/errors.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import type { Intent, Settings } from "../../protocol/intent.ts";
import type { MarketState } from "../state.ts";

/**
 * What an intent comes to: events in order, of which the last is the main one and carries the intent,
 * or the refusal, whose `details` are small JSON.
 */
export type Decision = { events: EventDraft[] } | { refused: HorizonError };

export function genesis(_node: string, _settings: Settings): EventDraft {
  throw new Error("being written");
}

/**
 * Decides a validated intent at a time ≥ `state.at`, after everything `due` by then has happened. The
 * draft i gets seq `state.seq + 1 + i`, all get `at`. The state is not changed.
 */
export function decide(_state: MarketState, _intent: Intent, _at: number): Decision {
  throw new Error("being written");
}
