import { HorizonError } from "../base/errors.ts";
import { ACTOR_ID_PATTERN } from "../base/identity.ts";
import { LIMITS } from "../protocol/limits.ts";
import { type BlobQuota, BlobUsage, spaceOf } from "./blob_usage.ts";
import { checkedChunks, type PromisedBytes } from "./checked_chunks.ts";
import { diskError } from "./disk_error.ts";
import {
  FILE_MODE,
  makePrivateFolder,
  removeIfThere,
  renameDurably,
  syncFolder,
  writeAll,
} from "./durable_file.ts";

/** An open blob. Whoever gets it reads the stream to its end, or cancels it. */
export interface OpenBlob {
  size_bytes: number;
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** What a put promises of its bytes, and whose quota they count against. */
export interface BlobPromise extends PromisedBytes {
  actor: string;
}

const SHA256_PATTERN = /^[0-9a-f]{64}$/;
const TEMPORARY_FOLDER = "tmp";
const QUOTA: BlobQuota = {
  total_bytes: LIMITS.blob_quota_bytes,
  per_actor_bytes: LIMITS.blob_quota_per_actor_bytes,
};

/**
 * Content-addressed files, `<actor>/<sha256>`: each actor pays for its own copy, so no one's blob goes
 * when another deletes its own.
 */
export class Blobs {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #quota: BlobQuota;
  #usage: BlobUsage;
  /** Holders and size of each blob. */
  readonly #index = new Map<string, { size_bytes: number; actors: Set<string> }>();
  #uploads = 0;
  #names = Promise.resolve();

  private constructor(folder: string, quota: BlobQuota, temporary: string) {
    this.#folder = folder;
    this.#quota = quota;
    this.#temporary = temporary;
    this.#usage = new BlobUsage(quota);
  }

  /**
   * The blobs of a folder, which is created where it is missing: uploads that were cut off are removed.
   * Several processes may have one folder open under a `writer` name each, if only one of them puts.
   */
  static async open(
    folder: string,
    quota: BlobQuota = QUOTA,
    writer: string | null = null,
  ): Promise<Blobs> {
    const temporary = writer === null ? TEMPORARY_FOLDER : `${TEMPORARY_FOLDER}-${writer}`;
    const blobs = new Blobs(folder, quota, temporary);
    await makePrivateFolder(folder);
    await removeIfThere(`${folder}/${temporary}`);
    await makePrivateFolder(`${folder}/${temporary}`);
    await blobs.#scan();
    return blobs;
  }

  /** Reads the folder again, where another process put blobs before; what it had not finished goes. */
  rescan(): Promise<void> {
    return this.#inTurn(async () => {
      for await (const { name } of Deno.readDir(this.#folder)) {
        const isOther = name.startsWith(`${TEMPORARY_FOLDER}-`) && name !== this.#temporary;
        if (isOther) await removeIfThere(`${this.#folder}/${name}`);
      }
      this.#index.clear();
      this.#usage = new BlobUsage(this.#quota);
      await this.#scan();
    });
  }

  /** Space in use by an actor, or by all: whole blocks, uploads that run included. */
  bytes(actor?: string): number {
    return this.#usage.bytes(actor);
  }

  /** True if the blob is here and durable; with an actor, if that one put it here. */
  has(sha256: string, actor?: string): boolean {
    const entry = this.#index.get(sha256);
    return entry !== undefined && (actor === undefined || entry.actors.has(actor));
  }

  /**
   * Stores the bytes; durable when it returns. Nothing stays after `blob_mismatch` (other bytes than
   * promised), `too_large`, `blob_quota`, `disk_full`, or an error of the source.
   */
  async put(
    source: ReadableStream<Uint8Array> | Uint8Array,
    promise: BlobPromise,
  ): Promise<{ sha256: string; size_bytes: number }> {
    const { sha256, actor } = promise;
    checkNames(sha256, actor);
    const chunks = checkedChunks(source, promise);
    if (this.#index.get(sha256)?.actors.has(actor)) {
      return { sha256, size_bytes: await countBytes(chunks) };
    }
    const upload = `${this.#folder}/${this.#temporary}/${++this.#uploads}`;
    const charge = { space_bytes: 0 };
    try {
      const size_bytes = await this.#receive(chunks, upload, actor, charge);
      await this.#inTurn(() => this.#adopt(upload, promise, size_bytes, charge));
      return { sha256, size_bytes };
    } catch (cause) {
      this.#usage.free(actor, charge.space_bytes);
      await removeIfThere(upload);
      throw diskError(cause, `storing blob ${sha256}`);
    }
  }

  /** Opens a blob. Throws `blob_not_found`. */
  async get(sha256: string): Promise<OpenBlob> {
    const entry = this.#index.get(sha256);
    const [actor] = entry?.actors ?? [];
    if (entry === undefined || actor === undefined) {
      throw new HorizonError("blob_not_found", `There is no blob ${sha256.slice(0, 64)}`);
    }
    try {
      const file = await Deno.open(this.#path(sha256, actor), { read: true });
      return { size_bytes: entry.size_bytes, stream: file.readable };
    } catch (cause) {
      throw diskError(cause, `opening blob ${sha256}`);
    }
  }

  /** Every copy of every blob, those that come meanwhile included. */
  *copies(): Generator<{ actor: string; sha256: string; size_bytes: number }> {
    for (const [sha256, { size_bytes, actors }] of this.#index) {
      for (const actor of actors) yield { actor, sha256, size_bytes };
    }
  }

  /** Removes an actor's copy; one that is not there is fine. */
  delete(sha256: string, actor: string): Promise<void> {
    return this.#inTurn(async () => {
      const entry = this.#index.get(sha256);
      if (entry === undefined || !entry.actors.delete(actor)) return;
      if (entry.actors.size === 0) this.#index.delete(sha256);
      await removeIfThere(this.#path(sha256, actor));
      this.#usage.free(actor, spaceOf(entry.size_bytes));
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

  /** Gives a complete upload its name; a copy that its actor has already costs nothing more. */
  async #adopt(
    upload: string,
    { sha256, actor }: BlobPromise,
    size_bytes: number,
    charge: { space_bytes: number },
  ): Promise<void> {
    await makePrivateFolder(`${this.#folder}/${actor}`);
    await renameDurably(upload, this.#path(sha256, actor));
    await syncFolder(this.#folder);
    if (this.#index.get(sha256)?.actors.has(actor)) this.#usage.free(actor, charge.space_bytes);
    else this.#add(sha256, actor, size_bytes);
  }

  /** Changes of names go one after the other: a delete beside a put would part index and disk. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#names.then(change);
    this.#names = done.catch(() => {});
    return done;
  }

  #add(sha256: string, actor: string, size_bytes: number): void {
    const entry = this.#index.get(sha256);
    if (entry === undefined) this.#index.set(sha256, { size_bytes, actors: new Set([actor]) });
    else entry.actors.add(actor);
  }

  async #scan(): Promise<void> {
    for await (const { name: actor, isDirectory } of Deno.readDir(this.#folder)) {
      if (!isDirectory || !ACTOR_ID_PATTERN.test(actor)) continue;
      for await (const { name: sha256, isFile } of Deno.readDir(`${this.#folder}/${actor}`)) {
        if (!isFile || !SHA256_PATTERN.test(sha256)) continue;
        const { size: size_bytes } = await Deno.stat(this.#path(sha256, actor));
        this.#usage.count(actor, spaceOf(size_bytes));
        this.#add(sha256, actor, size_bytes);
      }
    }
  }

  #path(sha256: string, actor: string): string {
    return `${this.#folder}/${actor}/${sha256}`;
  }
}

async function countBytes(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let size_bytes = 0;
  for await (const chunk of chunks) size_bytes += chunk.length;
  return size_bytes;
}

function checkNames(sha256: string, actor: string): void {
  if (SHA256_PATTERN.test(sha256) && ACTOR_ID_PATTERN.test(actor)) return;
  throw new HorizonError(
    "invalid_input",
    "A blob is named by the SHA-256 of its bytes and an actor",
  );
}
