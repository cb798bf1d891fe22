import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import type { IntentResult } from "../protocol/api.ts";
import type { EventDraft, FeedEvent, Head } from "../protocol/feed.ts";
import {
  asksTheSame,
  decide,
  due,
  type Effects,
  evolve,
  type MarketState,
  nextDeadline,
  seen,
} from "../market/market.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { GroupCommitter } from "../store/committer.ts";
import type { Journal } from "../store/journal.ts";
import { Answers } from "./answers.ts";
import { checkNotExpired, type FramedIntent } from "../protocol/frame.ts";
import { DurableFeed } from "./durable_feed.ts";
import { type PlacedEvent, placeEvent } from "../protocol/event_text.ts";
import { MarketTime } from "./market_time.ts";
import { refusalResult } from "./refusal.ts";

/** The state in memory, the event it is after, and what writes the events that come next. */
export interface Loaded {
  state: MarketState;
  head: Head;
  /** Null while another process is the writer: this one follows it. */
  committer: GroupCommitter | null;
  /** Seq of the snapshot that it began with; 0 without one. */
  snapshot_seq: number;
}

/** What follows the state in memory. What it shows must wait until the event is durable. */
export interface StateFollower {
  applied(state: MarketState, event: FeedEvent, effects: Effects): void;
  /** The state is another one: at the start, and after a failed commit. */
  loaded(state: MarketState): void;
}

export interface SequencerOptions {
  journal: Journal;
  clock: Clock;
  /** Loads snapshot and journal anew. */
  load: () => Promise<Loaded>;
  follower: StateFollower;
  onFailure: (failure: unknown) => void;
}

/** Room in the queue that one intent may need: it may end every job of a lease. */
const MIN_ROOM_EVENTS = LIMITS.jobs_per_lease + 100;

/**
 * The only writer (DESIGN §4): decides, evolves and asserts in memory, one intent after the other,
 * while the committer writes what came before. A commit that fails discards the memory, which is
 * then loaded again from the journal. On a shared store it follows the events of another process's
 * sequencer until it is told to lead.
 */
export class Sequencer {
  readonly feed: DurableFeed;
  readonly #options: SequencerOptions;
  readonly #time: MarketTime;
  readonly #answers = new Answers();
  #loaded: Loaded;
  /** Under way after a failure; rejected if the journal can't be loaded. */
  #reload: Promise<void> | null = null;

  /** A sequencer on a folder that `load` can load. */
  static async start(options: SequencerOptions): Promise<Sequencer> {
    return new Sequencer(options, await options.load());
  }

  private constructor(options: SequencerOptions, loaded: Loaded) {
    this.#options = options;
    this.#time = new MarketTime(options.clock);
    this.#loaded = loaded;
    this.feed = new DurableFeed(loaded.head);
    options.follower.loaded(loaded.state);
  }

  /** The state after all that has been decided. Wait for `feed` before showing it. */
  get state(): MarketState {
    return this.#loaded.state;
  }

  /** The event that the state is after; it may not be durable yet. */
  get head(): Head {
    return this.#loaded.head;
  }

  /** Seq of the snapshot that the state in memory began with. */
  get snapshot_seq(): number {
    return this.#loaded.snapshot_seq;
  }

  /** The registry's time: never before its last event. */
  now(): number {
    return Math.max(this.#options.clock.now(), this.state.at);
  }

  /** Milliseconds from now to the next deadline, maybe negative; null if nothing could fire then. */
  untilDeadline(): number | null {
    if (this.#reload !== null) return null;
    const deadline = nextDeadline(this.state);
    return deadline === undefined ? null : deadline - this.#options.clock.now();
  }

  /** Takes events that another process has made durable, the next ones after the head. */
  follow(placed: readonly PlacedEvent[]): void {
    const last = placed.at(-1);
    if (last === undefined) return;
    try {
      for (const { event, head } of placed) {
        const effects = evolve(this.state, event);
        this.#loaded.head = head;
        this.#options.follower.applied(this.state, event, effects);
      }
    } catch (thrown) {
      this.#fail(thrown);
      throw thrown;
    }
    for (const one of placed) this.feed.expect(one);
    this.feed.reached(last.head.seq);
  }

  /** Begins to write after the head, to which it must have followed the journal. */
  lead(committer: GroupCommitter): void {
    this.#loaded.committer = committer;
  }

  /**
   * Discards the memory, and with it what is not durable: another process leads, or may. Whoever waits
   * hears so at once: the outcome is unknown, and the next leader answers the same intent again.
   */
  stepDown(reason: unknown): void {
    this.feed.giveUp(reason);
    if (this.#reload === null) this.#startReload(reason);
  }

  /** Resolves when intents can be taken. Rejects with why not; the next call tries again. */
  async ready(): Promise<void> {
    if (this.#reload === null) return;
    try {
      await this.#reload;
    } catch (thrown) {
      this.#startReload(thrown);
      throw thrown;
    }
  }

  /**
   * Sequences an intent whose signature was checked, and answers. The answer may be shown only once
   * its `seq` is durable. The same intent again gets the same answer. Never throws.
   */
  offer(framed: FramedIntent): IntentResult | Promise<IntentResult> {
    const { intent, intent_sha256 } = framed;
    try {
      const before = seen(this.state, intent.actor, intent.id);
      if (before !== undefined) return this.#again(framed, before);
      const at = this.#turn();
      checkNotExpired(intent, at);
      // A gap moves the deadlines that fell into it, so it is decided before them.
      if (intent.type !== "node.gap") this.#fireDue(at);
      const decided = decide(this.state, intent, at);
      const drafts = "events" in decided
        ? decided.events
        : [this.#answers.rejection(decided.refused, this.head.seq + 1)];
      const last = this.#append(drafts, at, framed);
      this.#fireFollowing(at);
      return this.#answers.of(last.event, intent_sha256);
    } catch (thrown) {
      return refusalResult(thrown, intent_sha256);
    }
  }

  /** Fires the deadlines that have come, and adds an event of the registry's own making, if any. */
  advance(draft?: EventDraft): void {
    if (this.#reload !== null || this.#loaded.committer === null) return;
    const at = this.#turn();
    this.#fireDue(at);
    if (draft !== undefined) this.#append([draft], at, null);
  }

  /** Resolves when nothing is on its way to the disk any more. */
  async idle(): Promise<void> {
    await this.#reload?.catch(() => undefined);
    await this.#loaded.committer?.idle();
  }

  /** The time of what is decided now. Throws `busy`, `no_leader` or `clock_jumped`. */
  #turn(): number {
    this.#checkRoom();
    return this.#time.next(this.state.at);
  }

  #checkRoom(): void {
    const { committer } = this.#loaded;
    if (committer === null) {
      throw new HorizonError("no_leader", "This process does not lead the registry.", {
        fix: "Try again in a moment.",
      });
    }
    if (this.#reload === null && committer.room >= MIN_ROOM_EVENTS) return;
    throw new HorizonError("busy", "Too many events wait for the disk.", {
      fix: "Try again in a moment.",
    });
  }

  #fireDue(until: number): void {
    for (let next = due(this.state, until); next !== undefined; next = due(this.state, until)) {
      this.#checkRoom();
      this.#append([next.draft], next.at, null);
    }
  }

  /** Fires what an intent has made due at once: its answer stands, whatever becomes of that. */
  #fireFollowing(at: number): void {
    try {
      this.#fireDue(at);
    } catch {
      // Without room the next turn fires it; anything else has discarded the memory already.
    }
  }

  /** Puts drafts into the feed, all or none, with the intent on the last one. */
  #append(drafts: readonly EventDraft[], at: number, framed: FramedIntent | null): PlacedEvent {
    const placed: PlacedEvent[] = [];
    try {
      drafts.forEach((draft, i) => {
        const carried = i === drafts.length - 1 ? framed : null;
        const next = placeEvent(draft, this.head, at, carried);
        const effects = evolve(this.state, next.event);
        this.#loaded.head = next.head;
        placed.push(next);
        this.#options.follower.applied(this.state, next.event, effects);
      });
    } catch (thrown) {
      // The state is half an event ahead: nobody may see it.
      this.#fail(thrown);
      throw thrown;
    }
    const last = placed.at(-1);
    if (last === undefined) throw new Error("an intent was decided without an event");
    for (const one of placed) this.feed.expect(one);
    const { committer } = this.#loaded;
    if (committer === null) throw new Error("an intent was decided without a writer");
    committer.submit(placed.map(({ bytes }) => bytes), last.head).then(
      () => this.feed.reached(last.head.seq),
      (failure) => committer === this.#loaded.committer && this.#fail(failure),
    );
    return last;
  }

  async #again(framed: FramedIntent, seq: number): Promise<IntentResult> {
    const { intent, intent_sha256 } = framed;
    const event = this.feed.coming(seq) ?? await this.#stored(seq);
    const first = event.intent?.intent;
    if (first === undefined || !asksTheSame(first, intent)) {
      const message = "The intent's id was used before, with another body.";
      return refusalResult(new HorizonError("intent_id_reused", message), intent_sha256);
    }
    return this.#answers.of(event, intent_sha256);
  }

  async #stored(seq: number): Promise<FeedEvent> {
    for await (const { bytes } of this.#options.journal.read({ after_seq: seq - 1, limit: 1 })) {
      return JSON.parse(new TextDecoder().decode(bytes));
    }
    throw new HorizonError("data_corrupt", `Event ${seq} is not in the journal.`);
  }

  /** Discards the memory. The first failure counts: those of later submissions follow from it. */
  #fail(failure: unknown): void {
    if (this.#reload !== null) return;
    this.#options.onFailure(failure);
    this.#startReload(failure);
  }

  #startReload(failure: unknown): void {
    this.#reload = this.#loadAgain(failure);
    // Whoever needs it asks `ready`; until then nobody may be listening.
    this.#reload.catch(() => undefined);
  }

  async #loadAgain(failure: unknown): Promise<void> {
    await this.#loaded.committer?.idle();
    const { underWay } = this.feed;
    let kept_seq: number;
    try {
      this.#loaded = await this.#options.load();
      kept_seq = await lastStored(this.#options.journal, underWay);
    } catch (thrown) {
      this.feed.giveUp(failure);
      throw thrown;
    }
    this.#options.follower.loaded(this.state);
    this.feed.lose(failure, this.head, kept_seq);
    this.#reload = null;
  }
}

/**
 * Seq of the last of these events that is in the journal, byte for byte; 0 if none is. A commit whose
 * outcome is unknown may have come through, and another process's events may lie in its place.
 */
async function lastStored(journal: Journal, placed: readonly PlacedEvent[]): Promise<number> {
  const [first] = placed;
  if (first === undefined) return 0;
  let kept_seq = 0;
  const range = { after_seq: first.head.seq - 1, limit: placed.length };
  for await (const { seq, bytes } of journal.read(range)) {
    if (placed[seq - first.head.seq]?.head.hash !== sha256Hex(bytes)) break;
    kept_seq = seq;
  }
  return kept_seq;
}
