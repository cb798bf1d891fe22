import type { SignedBytes } from "../base/signatures.ts";
import { HorizonError } from "../base/errors.ts";
import { type EventDraft, type FeedEvent, type Head } from "../protocol/feed.ts";
import { NETWORK, PROTOCOL_VERSION, RULES_VERSION } from "../protocol/feed.ts";
import { type PlacedEvent, placeEvent } from "../protocol/event_text.ts";
import { type FramedIntent, frameIntent } from "../protocol/frame.ts";
import { LIMITS } from "../protocol/limits.ts";
import { Settings } from "../protocol/intent.ts";
import { decide, genesis } from "./decide/decide.ts";
import { due } from "./due.ts";
import type { Effects } from "./effects.ts";
import { evolve } from "./evolve/evolve.ts";
import { falseEvent, type GivenEvent, isGap, readEvent, unknownRules } from "./given_event.ts";
import { seen } from "./lookups.ts";
import type { MarketState } from "./state.ts";

/** An intent's signature that stands behind an event, still to be checked. */
export interface SignedEvent extends SignedBytes {
  seq: number;
}

/** Told of each event that followed. */
export type Followed = (event: FeedEvent, effects: Effects) => void;

/** The most events that one intent comes to: those of a lease's jobs, and some. */
const MAX_GROUP_EVENTS = LIMITS.jobs_per_lease + 100;

/**
 * Decides the events of another registry's feed again (DESIGN §7). Nothing of an event is taken at its
 * word but its time, the intent that it carries, and that a tick was wanted: all else is derived
 * from the state, and must give the very text that came. What is right so far is in the state; the
 * signatures that it hangs on are handed out, and the caller checks them before it relies on any of
 * it. After an error the state is to be thrown away.
 */
export class Redecider {
  readonly state: MarketState;
  readonly #node_id: string;
  readonly #followed: Followed;
  #head: Head;
  /** Events of an intent that is still to come. */
  #group: GivenEvent[] = [];

  /** Goes on from a state that was checked before, or from `emptyState()` and `EMPTY_HEAD`. */
  constructor(node_id: string, state: MarketState, head: Head, followed: Followed = () => {}) {
    this.#node_id = node_id;
    this.state = state;
    this.#head = head;
    this.#followed = followed;
  }

  /** The event that the state is after. */
  get head(): Head {
    return this.#head;
  }

  /** True between the intents: a commit of a feed, and so a checkpoint, ends only there. */
  get isWhole(): boolean {
    return this.#group.length === 0;
  }

  /**
   * Takes the next events. Throws `feed_false` for one that doesn't follow, `unsupported_version` for
   * one by rules that this version doesn't know; both name the event.
   */
  take(texts: Iterable<string>): SignedEvent[] {
    const signed: SignedEvent[] = [];
    for (const text of texts) {
      const one = this.#takeOne(readEvent(text, this.#nextSeq));
      if (one !== null) signed.push(one);
    }
    return signed;
  }

  get #nextSeq(): number {
    return this.#head.seq + 1 + this.#group.length;
  }

  #takeOne(given: GivenEvent): SignedEvent | null {
    const { seq, at, intent } = given;
    if (at < this.state.at) throw falseEvent(given, "it is older than the event before it");
    if (this.#group.length > 0) return this.#joinGroup(given);
    if (seq === 1) return this.#takeFirst(given);
    if (!isGap(intent)) {
      const next = due(this.state, at);
      if (next !== undefined) {
        this.#place(given, next.draft, next.at, null);
        return null;
      }
    }
    return this.#joinGroup(given);
  }

  #takeFirst(given: GivenEvent): null {
    const settings = settingsOf(given);
    this.#place(given, genesis(this.#node_id, settings), given.at, null);
    return null;
  }

  /** Adds an event to those that an intent caused; the one that carries it is the last. */
  #joinGroup(given: GivenEvent): SignedEvent | null {
    if (given.intent === undefined) {
      if (this.#group.length === 0 && given.type === "tick") {
        this.#place(given, { type: "tick", data: {} }, given.at, null);
        return null;
      }
      this.#group.push(given);
      if (this.#group.length > MAX_GROUP_EVENTS) throw falseEvent(given, "no intent asked for it");
      return null;
    }
    const group = [...this.#group, given];
    this.#group = [];
    return this.#takeGroup(group, given);
  }

  #takeGroup(group: readonly GivenEvent[], last: GivenEvent): SignedEvent {
    const framed = this.#frame(last);
    const { intent, sig, bytes } = framed;
    if (seen(this.state, intent.actor, intent.id) !== undefined) {
      throw falseEvent(last, `its intent ${intent.id} was answered before`);
    }
    const drafts = draftsOf(this.state, framed, last.at);
    group.forEach((given, i) => {
      const draft = drafts[i];
      if (draft === undefined) throw falseEvent(given, "its intent doesn't come to it");
      this.#place(given, draft, last.at, i === drafts.length - 1 ? framed : null);
    });
    const missing = drafts[group.length];
    if (missing !== undefined) throw falseEvent(last, `its intent also comes to ${missing.type}`);
    return { seq: last.seq, actor: intent.actor, sig, bytes };
  }

  #frame(given: GivenEvent): FramedIntent {
    try {
      return frameIntent(given.intent, { node_id: this.#node_id, now: given.at });
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
      throw falseEvent(given, `its intent is none to take: ${thrown.message}`, thrown);
    }
  }

  /** Puts what the event must be in its place, and compares. */
  #place(given: GivenEvent, draft: EventDraft, at: number, framed: FramedIntent | null): void {
    const placed = placeEvent(draft, this.#head, at, framed);
    if (placed.text !== given.text) throw falseEvent(given, difference(given, placed));
    let effects: Effects;
    try {
      effects = evolve(this.state, placed.event);
    } catch (cause) {
      if (!(cause instanceof HorizonError)) throw cause;
      throw falseEvent(given, cause.message, cause);
    }
    this.#head = placed.head;
    this.#followed(placed.event, effects);
  }
}

/** What an intent comes to at its time: its events, or its rejection. */
function draftsOf(state: MarketState, { intent }: FramedIntent, at: number): EventDraft[] {
  const decided = decide(state, intent, at);
  if ("events" in decided) return decided.events;
  const { code, details = {} } = decided.refused;
  return [{ type: "intent.rejected", data: { code, details } }];
}

/** The settings that a feed begins with, if it begins by rules that this version knows. */
function settingsOf(given: GivenEvent): Settings {
  const { data }: { data?: Record<string, unknown> } = JSON.parse(given.text);
  const { network, protocol, rules, settings } = data ?? {};
  if (network !== NETWORK || protocol !== PROTOCOL_VERSION || rules !== RULES_VERSION) {
    throw unknownRules(given, `network ${network}, protocol ${protocol}, rules ${rules}`);
  }
  const parsed = Settings.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw falseEvent(given, "its settings are none");
}

/** In words, where a text departs from the one that it must be. */
function difference(given: GivenEvent, { event, text }: PlacedEvent): string {
  if (event.type !== given.type) return `here follows ${event.type}`;
  let from = 0;
  while (from < text.length && text[from] === given.text[from]) from++;
  const cut = (whole: string) => whole.slice(Math.max(0, from - 24), from + 40);
  return `it says …${cut(given.text)}… and must say …${cut(text)}…`;
}
