import { HorizonError } from "../base/errors.ts";
import type { FeedEvent, Head } from "../protocol/feed.ts";
import type { PlacedEvent } from "../protocol/event_text.ts";

interface Waiter {
  seq: number;
  resolve(): void;
  reject(reason: unknown): void;
}

/** Told of each stretch of events that has become durable, in order. */
export type FeedListener = (events: readonly PlacedEvent[]) => void;

/**
 * What the rest of the registry sees of the feed: nothing beyond the last durable event. It keeps the
 * events that are on their way to the disk, and wakes those who wait for them.
 */
export class DurableFeed {
  #head: Head;
  #coming: PlacedEvent[] = [];
  #waiters: Waiter[] = [];
  readonly #listeners = new Set<FeedListener>();
  #isScheduled = false;
  #reached_seq: number;

  constructor(head: Head) {
    this.#head = head;
    this.#reached_seq = head.seq;
  }

  /** The last durable event. */
  get head(): Head {
    return this.#head;
  }

  /** Events that are on their way to the disk. */
  get depth(): number {
    return this.#coming.length;
  }

  /** Takes an event that was decided and submitted. */
  expect(placed: PlacedEvent): void {
    this.#coming.push(placed);
  }

  /** An event that is on its way to the disk, if it is. */
  coming(seq: number): FeedEvent | undefined {
    const first = this.#coming[0];
    return first === undefined ? undefined : this.#coming[seq - first.event.seq]?.event;
  }

  /** Notes that all up to an event are durable; those who wait hear of it in this turn. */
  reached(seq: number): void {
    this.#reached_seq = Math.max(this.#reached_seq, seq);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // The committer resolves a whole commit's submissions in one turn: one round of calls for all.
    queueMicrotask(() => this.#publish());
  }

  /** Resolves once an event is durable; rejects if the events on their way are lost. */
  whenDurable(seq: number): Promise<void> {
    if (seq <= this.#head.seq) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ seq, resolve, reject });
    return promise;
  }

  /** Like `whenDurable`, for at most `wait_ms`. Throws `timeout`. */
  async whenDurableWithin(seq: number, wait_ms: number): Promise<void> {
    if (seq <= this.#head.seq) return;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      const message = `Event ${seq} is not durable here; the last one is ${this.#head.seq}.`;
      late.reject(new HorizonError("timeout", message, { details: { seq } }));
    }, wait_ms);
    try {
      await Promise.race([this.whenDurable(seq), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Calls the listener from the next durable events on, until the returned function is called. */
  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The events that are on their way to the disk, in order. */
  get underWay(): readonly PlacedEvent[] {
    return this.#coming;
  }

  /**
   * The events on their way are lost, but for those up to `kept_seq`, which turned out to be durable;
   * the feed goes on at `head`, which may be another writer's. Whoever waits for one hears why.
   */
  lose(reason: unknown, head: Head, kept_seq: number): void {
    this.#coming = [];
    this.#head = head;
    this.#reached_seq = head.seq;
    this.#settleAll(reason, kept_seq);
  }

  /** Nobody knows what becomes of the events on their way: whoever waits hears why, now. */
  giveUp(reason: unknown): void {
    this.#settleAll(reason, this.#head.seq);
  }

  #settleAll(reason: unknown, kept_seq: number): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { seq, resolve, reject } of waiters) seq <= kept_seq ? resolve() : reject(reason);
  }

  #publish(): void {
    this.#isScheduled = false;
    const count = this.#coming.findIndex(({ event }) => event.seq > this.#reached_seq);
    const events = count < 0 ? this.#coming : this.#coming.slice(0, count);
    const last = events.at(-1);
    if (last === undefined) return;
    this.#coming = count < 0 ? [] : this.#coming.slice(count);
    this.#head = last.head;
    const still: Waiter[] = [];
    for (const waiter of this.#waiters) {
      if (waiter.seq <= last.head.seq) waiter.resolve();
      else still.push(waiter);
    }
    this.#waiters = still;
    for (const listener of this.#listeners) listener(events);
  }
}
