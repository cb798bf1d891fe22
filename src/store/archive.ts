import * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { PriceBar } from "../protocol/auction.ts";
import { LIMITS } from "../protocol/limits.ts";
import { cutStream } from "./batch.ts";
import { diskError } from "./disk_error.ts";
import { KEYS } from "./keys.ts";
import { barWrites, type LeaseTrade, readBars } from "./price_bars.ts";

/** A movement of an actor's money: the n-th of those that event `seq` caused. */
export interface ArchivedMovement {
  actor: string;
  seq: number;
  n: number;
  row: Json;
}

/** An ended record under its id. */
export interface ArchivedRecord {
  id: string;
  row: Json;
}

/** A verdict on a GPU, of event `seq`. */
export interface ArchivedProof {
  gpu_id: string;
  seq: number;
  row: Json;
}

/** What a stretch of the feed adds to the archive. */
export interface Projection {
  leases: readonly ArchivedRecord[];
  jobs: readonly ArchivedRecord[];
  auctions: readonly ArchivedRecord[];
  bids: readonly ArchivedRecord[];
  movements: readonly ArchivedMovement[];
  trades: readonly LeaseTrade[];
  proofs: readonly ArchivedProof[];
}

/** A place in an actor's history. */
export interface HistoryPlace {
  seq: number;
  n: number;
}

interface Write {
  key: Deno.KvKey;
  /** A row, or a part of it; for a row of many parts, their number after a `PARTS_MARK`. */
  value: Uint8Array;
}

/**
 * What the archive holds of each event. One of another version is projected again from the first
 * event on; version 1, whose place was kept elsewhere, had no proofs.
 */
const PROJECTION_VERSION = 2;
/** A place is kept as JSON in bytes, which every version of Deno reads: not so a number by itself. */
const StoredPosition = z.strictObject({ version: z.int().min(1), seq: z.int().min(0) });
/** No JSON begins with it. */
const PARTS_MARK = "\0";

/** Bytes that a key and its frame take in an atomic: an upper bound for those of the archive. */
const KEY_BYTES = 256;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * What has left memory: ended leases, jobs, auctions and bids by id, the history of every wallet, of
 * prices, and of each GPU's proofs. It is a projection of the feed: to write a stretch again changes nothing, and
 * `watermark` says how far it is, so that after a crash the owner projects again from there.
 */
export class Archive {
  readonly #kv: Deno.Kv;
  #watermark_seq: number;

  private constructor(kv: Deno.Kv, watermark_seq: number) {
    this.#kv = kv;
    this.#watermark_seq = watermark_seq;
  }

  /** The archive of an open KV file. Throws `data_corrupt` if its watermark can't be read. */
  static async open(kv: Deno.Kv): Promise<Archive> {
    const { value } = await reading(() => kv.get(KEYS.archivePosition()));
    const position = value === null ? null : parsePosition(value);
    return new Archive(kv, position?.version === PROJECTION_VERSION ? position.seq : 0);
  }

  /** The seq up to which everything is projected. */
  get watermark_seq(): number {
    return this.#watermark_seq;
  }

  /**
   * Writes what the events after the watermark up to `up_to_seq` add; the watermark moves with the last
   * of it.
   */
  async project(batch: Projection, up_to_seq: number): Promise<void> {
    if (up_to_seq <= this.#watermark_seq) return;
    const writes = [...writesOf(batch), ...await barWrites(this.#kv, batch.trades)];
    let from = 0;
    do {
      const to = atomicEnd(writes, from);
      const last = to === writes.length;
      await this.#commit(writes.slice(from, to), last ? up_to_seq : null);
      from = to;
    } while (from < writes.length);
    this.#watermark_seq = up_to_seq;
  }

  /** An ended lease, or null. */
  lease(lease_id: string): Promise<Json> {
    return this.#row(KEYS.archivedLease(lease_id));
  }

  /** An ended job, or null. */
  job(job_id: string): Promise<Json> {
    return this.#row(KEYS.archivedJob(job_id));
  }

  /** Every ended job. */
  async *jobs(): AsyncGenerator<Json> {
    const prefix = KEYS.archivedJobs();
    for await (const { key } of this.#kv.list({ prefix })) {
      const [, , job_id] = key;
      // A row of many parts has their keys beneath its own.
      if (typeof job_id === "string" && key.length === prefix.length + 1) {
        yield await this.#row(key);
      }
    }
  }

  /** An ended auction, or null. */
  auction(auction_id: string): Promise<Json> {
    return this.#row(KEYS.archivedAuction(auction_id));
  }

  /** An ended bid, or null. */
  bid(bid_id: string): Promise<Json> {
    return this.#row(KEYS.archivedBid(bid_id));
  }

  /** The price bars of a class, or of all classes, the newest hour first. */
  prices(query: { class: string | null; limit: number }): Promise<PriceBar[]> {
    return readBars(this.#kv, query);
  }

  /** The verdicts on a GPU before an event (or all), the newest first. */
  async proofs(
    gpu_id: string,
    page: { before_seq: number | null; limit: number },
  ): Promise<Json[]> {
    const prefix = KEYS.proofsOf(gpu_id);
    const selector = page.before_seq === null
      ? { prefix }
      : { prefix, end: KEYS.proofPlace(gpu_id, page.before_seq) };
    const rows: Json[] = [];
    for await (const { key } of this.#kv.list(selector, { reverse: true, limit: page.limit })) {
      const seq = key.at(-1);
      if (typeof seq !== "number") throw unreadable(key);
      rows.push(await this.#row(KEYS.archivedProof(gpu_id, seq)));
    }
    return rows;
  }

  /** An actor's movements before a place (or all), the newest first. */
  async history(
    actor: string,
    page: { before: HistoryPlace | null; limit: number },
  ): Promise<ArchivedMovement[]> {
    const prefix = KEYS.history(actor);
    const selector = page.before === null
      ? { prefix }
      : { prefix, end: KEYS.movement(actor, page.before.seq, page.before.n) };
    const found: ArchivedMovement[] = [];
    const entries = this.#kv.list(selector, { reverse: true, limit: page.limit });
    for await (const { key, value } of entries) {
      const [, , seq, n] = key;
      if (typeof seq !== "number" || typeof n !== "number") throw unreadable(key);
      found.push({ actor, seq, n, row: parseRow(key, value) });
    }
    return found;
  }

  async #row(key: Deno.KvKey): Promise<Json> {
    const { value, versionstamp } = await reading(() => this.#kv.get(key));
    if (versionstamp === null) return null;
    const count = partCount(value);
    return parseRow(key, count === null ? value : await this.#joined(key, count));
  }

  async #joined(key: Deno.KvKey, count: number): Promise<Uint8Array> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for await (const { value } of this.#kv.list({ prefix: key })) {
      if (value instanceof Uint8Array) parts.push(new Uint8Array(value));
    }
    if (parts.length !== count) throw unreadable(key);
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }

  async #commit(writes: readonly Write[], watermark_seq: number | null): Promise<void> {
    const atomic = this.#kv.atomic();
    for (const { key, value } of writes) atomic.set(key, value);
    if (watermark_seq !== null) {
      const position = { version: PROJECTION_VERSION, seq: watermark_seq };
      atomic.set(KEYS.archivePosition(), bytesOf(position));
    }
    try {
      await atomic.commit();
    } catch (cause) {
      throw diskError(cause, "writing to the archive");
    }
  }
}

function writesOf(batch: Projection): Write[] {
  const records = (rows: readonly ArchivedRecord[], key: (id: string) => Deno.KvKey) =>
    rows.flatMap(({ id, row }) => rowWrites(key(id), row));
  return [
    ...records(batch.leases, KEYS.archivedLease),
    ...records(batch.jobs, KEYS.archivedJob),
    ...records(batch.auctions, KEYS.archivedAuction),
    ...records(batch.bids, KEYS.archivedBid),
    ...batch.movements.map(({ actor, seq, n, row }) => ({
      key: KEYS.movement(actor, seq, n),
      value: bytesOf(row),
    })),
    ...batch.proofs.flatMap(({ gpu_id, seq, row }) => [
      ...rowWrites(KEYS.archivedProof(gpu_id, seq), row),
      { key: KEYS.proofPlace(gpu_id, seq), value: new Uint8Array() },
    ]),
  ];
}

/** A row under its key; one beyond the size of a value in parts, whose number comes last. */
function rowWrites(key: Deno.KvKey, row: Json): Write[] {
  const bytes = bytesOf(row);
  if (bytes.length <= LIMITS.journal_value_bytes) return [{ key, value: bytes }];
  const parts = cutStream(bytes).map((value, i) => ({ key: [...key, i], value }));
  return [...parts, { key, value: encoder.encode(`${PARTS_MARK}${parts.length}`) }];
}

function bytesOf(row: Json): Uint8Array {
  return encoder.encode(JSON.stringify(row));
}

/** The end of the longest run of writes from `from` on that one atomic takes. */
function atomicEnd(writes: readonly Write[], from: number): number {
  let size = 0;
  let end = from;
  for (; end < writes.length && end - from < LIMITS.journal_batch_mutations; end++) {
    size += KEY_BYTES + (writes[end]?.value.length ?? 0);
    if (size > LIMITS.journal_batch_bytes) break;
  }
  return end;
}

/** Of how many parts a row is; null for one that is whole. Formerly the number itself was stored. */
function partCount(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (!(value instanceof Uint8Array) || value[0] !== PARTS_MARK.charCodeAt(0)) return null;
  return Number(decoder.decode(value.subarray(1)));
}

function parsePosition(value: unknown): z.infer<typeof StoredPosition> {
  try {
    if (value instanceof Uint8Array) return StoredPosition.parse(JSON.parse(decoder.decode(value)));
  } catch {
    // Told below, whatever is wrong with it.
  }
  throw new HorizonError("data_corrupt", "The archive's watermark can't be read", {
    fix: "Restore the data folder from a backup.",
  });
}

async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw diskError(cause, "reading the archive");
  }
}

function parseRow(key: Deno.KvKey, value: unknown): Json {
  if (!(value instanceof Uint8Array)) throw unreadable(key);
  try {
    return JSON.parse(decoder.decode(value));
  } catch (cause) {
    throw unreadable(key, cause);
  }
}

function unreadable(key: Deno.KvKey, cause?: unknown): HorizonError {
  const message = `The row ${key.join("/")} of the archive can't be read`;
  return new HorizonError("data_corrupt", message, {
    fix: "Restore the data folder from a backup.",
    cause,
  });
}
