import { HorizonError } from "../base/errors.ts";
import type { Checkpoint, Head } from "../protocol/feed.ts";
import { LIMITS } from "../protocol/limits.ts";
import { BATCH_SPACE, recordSpace } from "./batch.ts";
import { EMPTY_HEAD } from "./checkpoint.ts";
import { diskError } from "./disk_error.ts";
import type { Journal } from "./journal.ts";

/** Signs a head: called once a commit. */
export type SignHead = (head: Head) => Promise<Checkpoint>;

interface Submission {
  records: readonly Uint8Array[];
  headAfter: Head;
  space: number;
  resolve(): void;
  reject(reason: HorizonError): void;
}

/** Bytes that may wait for the disk, whatever the number of events. */
const MAX_QUEUE_BYTES = 256 * 1024 * 1024;

/**
 * Group commit: while one commit runs, what is submitted piles up and is written as the next one, so
 * that a single fsync carries all of it. A submission is never torn: it is durable in full or not at
 * all. The first failure ends it for good: everything pending is refused, for the outcome of a failed
 * commit may be unknown. The owner reloads the journal and starts a new one.
 */
export class GroupCommitter {
  readonly #journal: Journal;
  readonly #sign: SignHead;
  #queue: Submission[] = [];
  #queued_events = 0;
  #queued_bytes = 0;
  #submitted_seq: number;
  #running: Promise<void> | null = null;
  #failure: HorizonError | null = null;

  constructor(journal: Journal, sign: SignHead) {
    this.#journal = journal;
    this.#sign = sign;
    this.#submitted_seq = (journal.head ?? EMPTY_HEAD).seq;
  }

  /** Why it refuses everything; null while it works. */
  get failure(): HorizonError | null {
    return this.#failure;
  }

  /** Events that may still be submitted now: what to ask before deciding an intent. */
  get room(): number {
    if (this.#queued_bytes >= MAX_QUEUE_BYTES) return 0;
    return LIMITS.journal_queue_events - this.#queued_events;
  }

  /**
   * Resolves when the records, the last of which makes `headAfter`, are durable. Rejects with `busy`
   * if the queue is full, `too_large` beyond what one commit takes, `state_mismatch` if they do not
   * follow what was submitted before (nothing is taken in these cases), or with what ended it.
   */
  submit(records: readonly Uint8Array[], headAfter: Head): Promise<void> {
    const space = records.reduce((sum, record) => sum + recordSpace(record), 0);
    const refusal = this.#failure ?? this.#refusal(records.length, space, headAfter);
    if (refusal !== null) return Promise.reject(refusal);
    this.#submitted_seq = headAfter.seq;
    this.#queued_events += records.length;
    this.#queued_bytes += space;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ records, headAfter, space, resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  /** Resolves when nothing is pending any more, whether it was written or refused. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #refusal(count: number, space: number, headAfter: Head): HorizonError | null {
    if (count > this.room) {
      const message = `${this.#queued_events} events wait for the disk already`;
      return new HorizonError("busy", message, { fix: "Try again in a moment." });
    }
    if (space > BATCH_SPACE) {
      const message = `${count} events of ${space} bytes don't fit one commit of ${BATCH_SPACE}`;
      return new HorizonError("too_large", message);
    }
    if (count === 0 || headAfter.seq !== this.#submitted_seq + count) {
      const message =
        `Events up to ${headAfter.seq} don't follow event ${this.#submitted_seq} as ${count} events`;
      return new HorizonError("state_mismatch", message);
    }
    return null;
  }

  async #run(): Promise<void> {
    // Whatever the caller submits before it next awaits belongs to the first commit.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const waiting = this.#queue;
      this.#queue = [];
      for (let from = 0; from < waiting.length;) {
        const to = this.#failure === null ? groupEnd(waiting, from) : waiting.length;
        await this.#settle(waiting.slice(from, to));
        from = to;
      }
    }
    this.#running = null;
  }

  /** Writes a group as one commit, or refuses it. Never throws. */
  async #settle(group: readonly Submission[]): Promise<void> {
    try {
      await this.#commit(group);
    } catch (cause) {
      this.#failure ??= diskError(cause, "committing to the journal");
    }
    for (const submission of group) {
      this.#queued_events -= submission.records.length;
      this.#queued_bytes -= submission.space;
      if (this.#failure === null) submission.resolve();
      else submission.reject(this.#failure);
    }
  }

  async #commit(group: readonly Submission[]): Promise<void> {
    const last = group.at(-1);
    if (this.#failure !== null || last === undefined) return;
    const records = group.flatMap((submission) => submission.records);
    await this.#journal.append(records, await this.#sign(last.headAfter));
  }
}

/** The end of the longest run of submissions from `from` on that one commit takes. */
function groupEnd(waiting: readonly Submission[], from: number): number {
  let space = 0;
  let end = from;
  for (; end < waiting.length; end++) {
    space += waiting[end]?.space ?? 0;
    if (space > BATCH_SPACE) break;
  }
  return end;
}
