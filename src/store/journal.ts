import { HorizonError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import { canonicalBytes } from "../base/json.ts";
import type { Checkpoint } from "../protocol/feed.ts";
import { LIMITS } from "../protocol/limits.ts";
import {
  type Batch,
  batchCorrupt,
  cutStream,
  decodeBatch,
  encodeBatch,
  startingAfter,
} from "./batch.ts";
import { EMPTY_HEAD, parseCheckpoint } from "./checkpoint.ts";
import { diskError } from "./disk_error.ts";
import { KEYS } from "./keys.ts";
import type { KvAtomic, KvStore } from "./kv.ts";
import { placeOf, storedPages } from "./pages.ts";

/** An event as the journal keeps it: the RFC 8785 bytes that its hash is of. */
export interface FeedRecord {
  seq: number;
  bytes: Uint8Array;
}

const FIRST_EPOCH = 1;
/** Values that one read of the KV file fetches: 6.4 MB at most. */
const PAGE_VALUES = 100;
/** Values that the longest batch has: what one event may need. */
const BATCH_VALUES = Math.ceil(LIMITS.journal_batch_bytes / LIMITS.journal_value_bytes);

/** The feed on disk: a chain of batches, of which each is durable in full or not there. */
export class Journal {
  readonly #kv: KvStore;
  #head: Checkpoint | null = null;
  /** Version of the stored head; null while there is none. */
  #headStamp: string | null = null;
  #epoch = FIRST_EPOCH;
  /** Version of the stored epoch; null in the first one. */
  #epochStamp: string | null = null;
  readonly #listeners = new Set<(batch: Batch) => void>();

  private constructor(kv: KvStore) {
    this.#kv = kv;
  }

  /** The journal of an open KV file or shared store. Throws `data_corrupt` if its head can't be read. */
  static async open(kv: KvStore): Promise<Journal> {
    const journal = new Journal(kv);
    await journal.reload();
    return journal;
  }

  /** The checkpoint of the last durable commit; null before the first. */
  get head(): Checkpoint | null {
    return this.#head;
  }

  /** The epoch that commits are made in. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * Begins the epoch after this one, or after a later one that is known of: whoever still writes in the
   * old one is fenced. Throws `fenced`.
   */
  async beginEpoch(known = FIRST_EPOCH): Promise<void> {
    const epoch = Math.max(this.#epoch, known) + 1;
    const result = await this.#reading(() =>
      this.#kv.atomic().check({ key: KEYS.epoch(), versionstamp: this.#epochStamp })
        .set(KEYS.epoch(), epoch).commit()
    );
    if (!result.ok) throw new HorizonError("fenced", `Another writer has begun epoch ${epoch}`);
    this.#epoch = epoch;
    this.#epochStamp = result.versionstamp;
  }

  /** Calls the listener with each batch once it is durable, until the returned function is called. */
  listen(listener: (batch: Batch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads head and epoch again: after a commit whose outcome is unknown. */
  async reload(): Promise<void> {
    const entry = await this.#reading(() => this.#kv.get(KEYS.head()));
    await this.#reloadEpoch();
    if (entry.versionstamp === null && await this.#holdsEvents()) {
      throw new HorizonError("data_corrupt", "The journal holds events and has no head", {
        fix: "Restore the data folder from a backup.",
      });
    }
    this.#headStamp = entry.versionstamp;
    this.#head = entry.versionstamp === null ? null : parseCheckpoint(entry.value, "at the head");
  }

  /**
   * Appends records, whose space fits `BATCH_SPACE`, with the checkpoint after them: all durable when
   * this returns, or none. One append at a time. Throws `fenced` if another writer moved the head,
   * `state_mismatch` for a checkpoint that does not follow, `disk_full`.
   */
  async append(records: readonly Uint8Array[], checkpoint: Checkpoint): Promise<void> {
    const first_seq = (this.#head ?? EMPTY_HEAD).seq + 1;
    checkFollows(first_seq, records, checkpoint);
    const atomic: KvAtomic = this.#kv.atomic()
      .check({ key: KEYS.head(), versionstamp: this.#headStamp })
      .check({ key: KEYS.epoch(), versionstamp: this.#epochStamp })
      .set(KEYS.head(), canonicalBytes(checkpoint));
    cutStream(encodeBatch(records, checkpoint)).forEach((value, part) => {
      atomic.set(KEYS.feedPart(first_seq, part), value);
    });
    let result: Awaited<ReturnType<KvAtomic["commit"]>>;
    try {
      result = await atomic.commit();
    } catch (cause) {
      throw diskError(cause, `writing events ${first_seq} to ${checkpoint.seq} to the journal`);
    }
    if (!result.ok) {
      throw new HorizonError(
        "fenced",
        `Another writer has moved the journal past ${first_seq - 1}`,
      );
    }
    this.#head = checkpoint;
    this.#headStamp = result.versionstamp;
    this.announce({ first_seq, records: [...records], checkpoint });
  }

  /** Tells the listeners of a batch that is durable: also one that another process has appended. */
  announce(batch: Batch): void {
    for (const listener of this.#listeners) listener(batch);
  }

  /** The durable events after `after_seq`, in order, at most `limit`. Throws `data_corrupt`. */
  async *read(range: { after_seq: number; limit: number }): AsyncGenerator<FeedRecord> {
    let left = range.limit;
    if (left <= 0) return;
    const page_values = Math.min(PAGE_VALUES, BATCH_VALUES + left);
    for await (const batch of this.batches(range.after_seq, page_values)) {
      for (const [i, bytes] of batch.records.entries()) {
        yield { seq: batch.first_seq + i, bytes };
        if (--left === 0) return;
      }
    }
  }

  /**
   * The batches up to the head that was durable at the call; the first one is cut to begin right
   * after `after_seq`. Throws `data_corrupt` where an event or a part of one is missing.
   */
  async *batches(after_seq: number, page_values = PAGE_VALUES): AsyncGenerator<Batch> {
    const last_seq = (this.#head ?? EMPTY_HEAD).seq;
    if (after_seq >= last_seq) return;
    let next = await this.#batchStart(after_seq + 1);
    for await (const batch of this.#stored(next, last_seq, page_values)) {
      if (batch.first_seq !== next) throw missing(next, batch.first_seq - 1);
      next = batch.checkpoint.seq + 1;
      if (next > after_seq + 1) yield startingAfter(batch, after_seq);
    }
    if (next !== last_seq + 1) throw missing(next, last_seq);
  }

  async #reloadEpoch(): Promise<void> {
    const { value, versionstamp } = await this.#reading(() => this.#kv.get(KEYS.epoch()));
    this.#epoch = versionstamp === null ? FIRST_EPOCH : Number(value);
    this.#epochStamp = versionstamp;
    if (Number.isSafeInteger(this.#epoch) && this.#epoch >= FIRST_EPOCH) return;
    throw new HorizonError("data_corrupt", "The journal's epoch is not a number", {
      fix: "Restore the data folder from a backup.",
    });
  }

  async #holdsEvents(): Promise<boolean> {
    const parts = this.#kv.list({ prefix: KEYS.feed() }, { limit: 1 });
    return !(await this.#reading(() => parts.next())).done;
  }

  /** The first seq of the batch that should hold an event: the last one that does not begin after it. */
  async #batchStart(seq: number): Promise<number> {
    const end = KEYS.feedBatch(seq + 1);
    const parts = this.#kv.list({ prefix: KEYS.feed(), end }, { reverse: true, limit: 1 });
    const found = await this.#reading(() => parts.next());
    return found.done ? seq : placeOf(found.value.key).first_seq;
  }

  /** The batches stored from a first seq on. */
  async *#stored(
    first_seq: number,
    last_seq: number,
    page_values: number,
  ): AsyncGenerator<Batch> {
    let current = first_seq;
    let parts: Uint8Array[] = [];
    for await (const page of storedPages(this.#kv, { first_seq, last_seq }, page_values)) {
      for (const { first_seq, part, value } of page) {
        if (first_seq !== current) {
          if (parts.length > 0) yield decodeBatch(current, parts);
          current = first_seq;
          parts = [];
        }
        if (part !== parts.length) throw batchCorrupt(current, `part ${parts.length} is missing`);
        if (!(value instanceof Uint8Array)) {
          throw batchCorrupt(current, `part ${part} is not bytes`);
        }
        parts.push(value);
      }
    }
    if (parts.length > 0) yield decodeBatch(current, parts);
  }

  async #reading<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      throw diskError(cause, "reading the journal");
    }
  }
}

/** A checkpoint that does not belong to its records would make a journal that nobody can replay. */
function checkFollows(
  first_seq: number,
  records: readonly Uint8Array[],
  checkpoint: Checkpoint,
): void {
  const last = records.at(-1);
  if (
    last !== undefined && checkpoint.seq === first_seq + records.length - 1 &&
    checkpoint.hash === sha256Hex(last)
  ) return;
  const message =
    `The checkpoint of event ${checkpoint.seq} is not one of ${records.length} events from ${first_seq} on`;
  throw new HorizonError("state_mismatch", message);
}

function missing(from: number, to: number): HorizonError {
  return new HorizonError("data_corrupt", `The journal lacks events ${from} to ${to}`, {
    fix: "Restore the data folder from a backup.",
    details: { from, to },
  });
}
