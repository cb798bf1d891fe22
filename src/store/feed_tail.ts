import { EMPTY_HEAD } from "./checkpoint.ts";
import { type Batch, recordSpace, startingAfter } from "./batch.ts";
import type { Journal } from "./journal.ts";

/** Bytes of the last commits that stay in memory for those who follow. */
const KEPT_BYTES = 4 * 1024 * 1024;

/** Follows a journal for many readers: its last commits from memory, older ones from the disk. */
export class FeedTail {
  readonly #journal: Journal;
  /** The last commits, oldest first, without a gap. */
  #recent: { batch: Batch; size_bytes: number }[] = [];
  #kept_bytes = 0;
  readonly #waiting = new Set<() => void>();

  constructor(journal: Journal) {
    this.#journal = journal;
    journal.listen((batch) => this.#take(batch));
  }

  /** Seq of the last durable event. */
  get seq(): number {
    return (this.#journal.head ?? EMPTY_HEAD).seq;
  }

  /** The commits after a seq, the first one cut to begin there, for as long as the signal lets it. */
  async *follow(after_seq: number, signal: AbortSignal): AsyncGenerator<Batch> {
    let seq = after_seq;
    while (!signal.aborted) {
      if (seq >= this.seq) {
        await this.#next(signal);
        continue;
      }
      for await (const batch of this.#after(seq)) {
        yield batch;
        seq = batch.checkpoint.seq;
        if (signal.aborted) return;
      }
    }
  }

  /** The commits after a seq that are durable now. */
  async *#after(seq: number): AsyncGenerator<Batch> {
    const first = this.#recent.findIndex(({ batch }) => batch.checkpoint.seq > seq);
    const kept = this.#recent[first]?.batch;
    if (kept === undefined || kept.first_seq > seq + 1) return yield* this.#journal.batches(seq);
    for (const { batch } of this.#recent.slice(first)) yield startingAfter(batch, seq);
  }

  #next(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      this.#waiting.delete(wake);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
    return promise;
  }

  #take(batch: Batch): void {
    const size_bytes = batch.records.reduce((sum, record) => sum + recordSpace(record), 0);
    const last_seq = this.#recent.at(-1)?.batch.checkpoint.seq;
    if (last_seq !== undefined && last_seq !== batch.first_seq - 1) {
      // Another process wrote what lies between: it is read from the journal.
      this.#recent = [];
      this.#kept_bytes = 0;
    }
    this.#recent.push({ batch, size_bytes });
    this.#kept_bytes += size_bytes;
    let dropped = 0;
    while (this.#kept_bytes > KEPT_BYTES && dropped < this.#recent.length - 1) {
      this.#kept_bytes -= this.#recent[dropped]?.size_bytes ?? 0;
      dropped++;
    }
    if (dropped > 0) this.#recent = this.#recent.slice(dropped);
    for (const wake of [...this.#waiting]) wake();
  }
}
