import { type Clock, systemClock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { type BlobCopy, BlobIndex } from "./blob_index.ts";
import { blobFiles, type BlobName, blobPath, checkBlobName } from "./blob_names.ts";
import { type BlobSource, discard, readChunks } from "./blob_source.ts";
import { BlobUploads, type UploadPart, type WholeUpload } from "./blob_uploads.ts";
import { type BlobQuota, BlobUsage, spaceOf } from "./blob_usage.ts";
import { checkedChunks, type PromisedBytes } from "./checked_chunks.ts";
import { diskError } from "./disk_error.ts";
import {
  FILE_MODE,
  makePrivateFolder,
  removeIfThere,
  renameDurably,
  writeAll,
} from "./durable_file.ts";
import { syncFolder } from "../base/platform.ts";

/** An open blob. Whoever gets it reads the stream to its end, or cancels it. */
export interface OpenBlob {
  size_bytes: number;
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** What a put promises of its bytes, and whose quota they count against. */
export interface BlobPromise extends PromisedBytes {
  actor: string;
}

/** How far an actor's own copy of a blob has come. */
export interface BlobProgress {
  /** Null where it isn't known. */
  size_bytes: number | null;
  received_bytes: number;
  complete: boolean;
}

/** How a folder is opened where not by the rules. */
export interface BlobOptions {
  quota?: BlobQuota;
  /** This process's name, where several have the folder open. */
  writer?: string | null;
  clock?: Clock;
}

const TEMPORARY_FOLDER = "tmp";
const KEEP_MS = LIMITS.blob_unnamed_keep_ms;
const READ_LIMITS = { stall_ms: LIMITS.blob_stall_ms };
const QUOTA: BlobQuota = {
  total_bytes: LIMITS.blob_quota_bytes,
  per_actor_bytes: LIMITS.blob_quota_per_actor_bytes,
};

/**
 * Content-addressed files, `<actor>/<sha256>`: each actor pays for its own copy, so no one's blob goes
 * when another deletes its own. A copy is kept until a day after its file's time, which is when it was
 * put or asked for; `keep` moves that time ahead.
 */
export class Blobs {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #clock: Clock;
  readonly #usage: BlobUsage;
  readonly #uploads: BlobUploads;
  readonly #index = new BlobIndex();
  #puts = 0;
  #names = Promise.resolve();

  private constructor(folder: string, options: BlobOptions) {
    const { quota = QUOTA, writer = null, clock = systemClock } = options;
    this.#folder = folder;
    this.#clock = clock;
    this.#temporary = writer === null ? TEMPORARY_FOLDER : `${TEMPORARY_FOLDER}-${writer}`;
    this.#usage = new BlobUsage(quota);
    this.#uploads = new BlobUploads({
      folder,
      usage: this.#usage,
      clock,
      adopt: (upload) => this.#inTurn(() => this.#adopt(upload)),
    });
  }

  /**
   * The blobs of a folder, which is created where it is missing. Several processes may have one folder
   * open under a `writer` name each, if only one of them puts.
   */
  static async open(folder: string, options: BlobOptions = {}): Promise<Blobs> {
    const blobs = new Blobs(folder, options);
    await makePrivateFolder(folder);
    await removeIfThere(`${folder}/${blobs.#temporary}`);
    await makePrivateFolder(`${folder}/${blobs.#temporary}`);
    await blobs.#scan();
    return blobs;
  }

  /** Reads the folder again, where another process put blobs before; what it had not finished goes. */
  async rescan(): Promise<void> {
    await this.#uploads.forget();
    await this.#inTurn(async () => {
      for await (const { name } of Deno.readDir(this.#folder)) {
        const isOther = name.startsWith(`${TEMPORARY_FOLDER}-`) && name !== this.#temporary;
        if (isOther) await removeIfThere(`${this.#folder}/${name}`);
      }
      this.#index.clear();
      this.#usage.clear();
      await this.#scan();
    });
  }

  /** Space in use by an actor, or by all: whole blocks, uploads included. */
  bytes(actor?: string): number {
    return this.#usage.bytes(actor);
  }

  /** True if the blob is here and durable; with an actor, if that one put it here. */
  has(sha256: string, actor?: string): boolean {
    return this.#index.has(sha256, actor);
  }

  /** How far an actor's copy has come; one that is whole is kept for a day more. */
  async progress(name: BlobName): Promise<BlobProgress> {
    const copy = this.#index.copy(name);
    if (copy === undefined) {
      const upload = this.#uploads.status(name) ?? { size_bytes: null, received_bytes: 0 };
      return { ...upload, complete: false };
    }
    await this.ask(name);
    const { size_bytes } = copy;
    return { size_bytes, received_bytes: size_bytes, complete: true };
  }

  /**
   * Stores the bytes; durable when it returns. Nothing stays after `blob_mismatch` (other bytes than
   * promised), `too_large`, `blob_quota`, `disk_full`, or an error of the source.
   */
  async put(
    source: BlobSource,
    promise: BlobPromise,
  ): Promise<{ sha256: string; size_bytes: number }> {
    const { sha256, actor } = promise;
    checkBlobName(promise);
    const chunks = checkedChunks(readChunks(source, READ_LIMITS), promise);
    if (this.#index.has(sha256, actor)) {
      const size_bytes = await countBytes(chunks);
      await this.ask(promise);
      return { sha256, size_bytes };
    }
    const path = `${this.#folder}/${this.#temporary}/${++this.#puts}`;
    const charge = { space_bytes: 0 };
    try {
      const size_bytes = await this.#receive(chunks, path, actor, charge);
      await this.#inTurn(() => this.#adopt({ sha256, actor, path, size_bytes, ...charge }));
      return { sha256, size_bytes };
    } catch (cause) {
      this.#usage.free(actor, charge.space_bytes);
      await removeIfThere(path);
      await discard(source, READ_LIMITS);
      throw diskError(cause, `storing blob ${sha256}`);
    }
  }

  /** Adds a part to an upload, as `BlobUploads.add` does; the last one makes the blob whole. */
  async add(source: BlobSource, part: UploadPart): Promise<BlobProgress> {
    if (this.#index.has(part.sha256, part.actor)) await discard(source, READ_LIMITS);
    else await this.#uploads.add(source, part);
    return await this.progress(part);
  }

  /** Opens a blob at a byte of it. Throws `blob_not_found`. */
  async get(sha256: string, offset_bytes = 0): Promise<OpenBlob> {
    const found = this.#index.find(sha256);
    if (found === undefined) throw notFound(sha256);
    try {
      const file = await Deno.open(blobPath(this.#folder, { sha256, actor: found.actor }));
      await file.seek(offset_bytes, Deno.SeekMode.Start);
      return { size_bytes: found.size_bytes, stream: file.readable };
    } catch (cause) {
      // Its file may have been removed since it was found.
      if (!this.#index.has(sha256)) throw notFound(sha256);
      throw diskError(cause, `opening blob ${sha256}`);
    }
  }

  /** Every copy of every blob, those that come meanwhile included. */
  copies(): Generator<BlobName & BlobCopy> {
    return this.#index.copies();
  }

  /** Whose copies of a blob are here. */
  actors(sha256: string): string[] {
    return this.#index.actors(sha256);
  }

  /**
   * Keeps an actor's copy, if it is here, at least until a time; at once, and over a restart.
   * `isArtefact` says that a job which has ended keeps it.
   */
  async keep(name: BlobName, until_ms: number, isArtefact = false): Promise<void> {
    const copy = this.#index.copy(name);
    if (copy === undefined) return;
    if (isArtefact) copy.artefact_until_ms = Math.max(copy.artefact_until_ms, until_ms);
    if (copy.keep_until_ms >= until_ms) return;
    copy.keep_until_ms = until_ms;
    await this.#inTurn(() => this.#stamp(name));
  }

  /** Its actor asks for a copy, or names it in what it is about to sign: it stays for a day more. */
  async ask(name: BlobName): Promise<void> {
    const now_ms = this.#clock.now();
    const copy = this.#index.copy(name);
    if (copy !== undefined) copy.asked_at_ms = Math.max(copy.asked_at_ms, now_ms);
    await this.keep(name, now_ms + KEEP_MS);
  }

  /** Removes an actor's copy; one that is not there is fine. */
  delete(name: BlobName): Promise<void> {
    return this.#deleteIf(name, () => true);
  }

  /** Removes an actor's copy that is kept no longer. */
  deleteExpired(name: BlobName): Promise<void> {
    return this.#deleteIf(name, ({ keep_until_ms }) => keep_until_ms < this.#clock.now());
  }

  /** Removes an actor's copy before its time, unless it was asked for since, or is kept for another job. */
  deleteSuperseded(name: BlobName, since_ms: number): Promise<void> {
    return this.#deleteIf(name, ({ asked_at_ms, artefact_until_ms }) => {
      return asked_at_ms <= since_ms && artefact_until_ms < this.#clock.now();
    });
  }

  /** Removes uploads that nobody has gone on with for their time. */
  expireUploads(): Promise<void> {
    return this.#uploads.expire(this.#clock.now() - KEEP_MS);
  }

  /** Nothing waits between the look and the removal from the index: who asks later is told that it is gone. */
  #deleteIf(name: BlobName, isOver: (copy: BlobCopy) => boolean): Promise<void> {
    return this.#inTurn(async () => {
      const copy = this.#index.copy(name);
      if (copy === undefined || !isOver(copy)) return;
      this.#index.remove(name);
      await removeIfThere(blobPath(this.#folder, name));
      this.#usage.free(name.actor, spaceOf(copy.size_bytes));
    });
  }

  /** Writes the chunks to a new file; returns its size. `charge` grows with it. */
  async #receive(
    chunks: AsyncIterable<Uint8Array>,
    path: string,
    actor: string,
    charge: { space_bytes: number },
  ): Promise<number> {
    let size_bytes = 0;
    const file = await Deno.open(path, { write: true, createNew: true, mode: FILE_MODE });
    try {
      this.#charge(actor, 0, charge);
      for await (const chunk of chunks) {
        size_bytes += chunk.length;
        this.#charge(actor, size_bytes, charge);
        await writeAll(file, chunk);
      }
      await file.sync();
    } finally {
      file.close();
    }
    return size_bytes;
  }

  #charge(actor: string, size_bytes: number, charge: { space_bytes: number }): void {
    const space_bytes = spaceOf(size_bytes);
    this.#usage.take(actor, space_bytes - charge.space_bytes);
    charge.space_bytes = space_bytes;
  }

  /** Gives a whole upload its name; a copy that its actor has already costs nothing more. */
  async #adopt({ sha256, actor, path, size_bytes, space_bytes }: WholeUpload): Promise<void> {
    const name = { sha256, actor };
    await makePrivateFolder(`${this.#folder}/${actor}`);
    await renameDurably(path, blobPath(this.#folder, name));
    await syncFolder(this.#folder);
    const asked_at_ms = this.#clock.now();
    const keep_until_ms = asked_at_ms + KEEP_MS;
    const copy = this.#index.copy(name);
    if (copy === undefined) {
      this.#index.add(name, { size_bytes, keep_until_ms, asked_at_ms, artefact_until_ms: 0 });
    } else {
      this.#usage.free(actor, space_bytes);
      copy.asked_at_ms = Math.max(copy.asked_at_ms, asked_at_ms);
      copy.keep_until_ms = Math.max(copy.keep_until_ms, keep_until_ms);
    }
    await this.#stamp(name);
  }

  /** Writes down until when a copy is kept, as the time of its file. */
  async #stamp(name: BlobName): Promise<void> {
    const copy = this.#index.copy(name);
    if (copy === undefined) return;
    const stamp_s = (copy.keep_until_ms - KEEP_MS) / 1000;
    await Deno.utime(blobPath(this.#folder, name), stamp_s, stamp_s);
  }

  /** Changes of names go one after the other: a delete beside a put would part index and disk. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#names.then(change);
    this.#names = done.catch(() => {});
    return done;
  }

  async #scan(): Promise<void> {
    for await (const { path, isPart, ...name } of blobFiles(this.#folder)) {
      const { size: size_bytes, mtime } = await Deno.stat(path);
      const stamp_ms = mtime?.getTime() ?? this.#clock.now();
      if (isPart) this.#uploads.found(name, size_bytes, stamp_ms);
      else {
        this.#usage.count(name.actor, spaceOf(size_bytes));
        const keep_until_ms = stamp_ms + KEEP_MS;
        const copy = { size_bytes, keep_until_ms, asked_at_ms: stamp_ms, artefact_until_ms: 0 };
        this.#index.add(name, copy);
      }
    }
  }
}

function notFound(sha256: string): HorizonError {
  return new HorizonError("blob_not_found", `There is no blob ${sha256.slice(0, 64)}`);
}

async function countBytes(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let size_bytes = 0;
  for await (const chunk of chunks) size_bytes += chunk.length;
  return size_bytes;
}
