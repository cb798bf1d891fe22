import { LIMITS } from "../protocol/limits.ts";
import type { Journal } from "../store/journal.ts";
import type { DurableFeed } from "./durable_feed.ts";
import type { PlacedEvent } from "../protocol/event_text.ts";
import type { SseMessage } from "./streams.ts";

/** Events that one read of the journal fetches for a stream. */
const READ_EVENTS = 256;
const decoder = new TextDecoder();

/** A client, and how far it has taken the feed. */
interface Follower {
  position_seq: number;
  /** True once it has caught up: it then has no reason to be far behind. */
  isLive: boolean;
  controller: AbortController;
  /** Set while it waits for the next event. */
  wake: (() => void) | null;
}

/** Follows the durable feed for many clients: the last events from memory, older ones from the journal. */
export class FeedStream {
  readonly #feed: DurableFeed;
  readonly #journal: Journal;
  readonly #followers = new Set<Follower>();
  /** The last durable events, oldest first, without a gap. */
  #recent: PlacedEvent[] = [];

  constructor(feed: DurableFeed, journal: Journal) {
    this.#feed = feed;
    this.#journal = journal;
    feed.listen((events) => this.#take(events));
  }

  /**
   * The events after a seq, for as long as the signal lets it. A client that was up to date and then
   * falls behind by more than the backlog is dropped; it can come back with its last id.
   */
  async *follow(after_seq: number, controller: AbortController): AsyncGenerator<SseMessage> {
    const { signal } = controller;
    const follower: Follower = { position_seq: after_seq, isLive: false, controller, wake: null };
    this.#followers.add(follower);
    signal.addEventListener("abort", () => {
      this.#followers.delete(follower);
      follower.wake?.();
    });
    try {
      while (!signal.aborted) {
        if (follower.position_seq < this.#feed.head.seq) yield* this.#catchUp(follower);
        else await nextEvent(follower);
      }
    } finally {
      this.#followers.delete(follower);
    }
  }

  async *#catchUp(follower: Follower): AsyncGenerator<SseMessage> {
    for await (const message of this.#after(follower.position_seq)) {
      follower.position_seq = message.id;
      yield message;
      if (follower.controller.signal.aborted) return;
    }
  }

  async *#after(seq: number): AsyncGenerator<SseMessage> {
    const first_seq = this.#recent[0]?.head.seq ?? Infinity;
    if (seq + 1 >= first_seq) {
      for (const { head, text } of this.#recent.slice(seq + 1 - first_seq)) {
        yield { id: head.seq, data: text };
      }
      return;
    }
    for await (const record of this.#journal.read({ after_seq: seq, limit: READ_EVENTS })) {
      yield { id: record.seq, data: decoder.decode(record.bytes) };
    }
  }

  #take(events: readonly PlacedEvent[]): void {
    const first = events[0];
    const last = events.at(-1);
    if (first === undefined || last === undefined) return;
    const isNext = this.#recent.at(-1)?.head.seq === first.head.seq - 1;
    this.#recent = (isNext ? this.#recent : []).concat(events).slice(-LIMITS.sse_backlog_events);
    for (const follower of this.#followers) {
      const lag = last.head.seq - follower.position_seq;
      if (follower.wake !== null) follower.wake();
      else if (follower.isLive && lag > LIMITS.sse_backlog_events) follower.controller.abort();
    }
  }
}

/** Resolves when the follower is woken: it is up to date until then. */
async function nextEvent(follower: Follower): Promise<void> {
  follower.isLive = true;
  await new Promise<void>((resolve) => follower.wake = resolve);
  follower.wake = null;
}
