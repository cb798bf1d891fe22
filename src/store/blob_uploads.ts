import { createHash, type Hash } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import { hashOfFile } from "../base/file_hash.ts";
import { LIMITS } from "../protocol/limits.ts";
import { type BlobName, checkBlobName, partPath } from "./blob_names.ts";
import { type BlobSource, CutOff, discard, readChunks } from "./blob_source.ts";
import { type BlobUsage, spaceOf } from "./blob_usage.ts";
import { mismatch, tooLarge } from "./checked_chunks.ts";
import { diskError } from "./disk_error.ts";
import { FILE_MODE, makePrivateFolder, removeIfThere, writeAll } from "./durable_file.ts";

/** A stretch of a blob, from `offset_bytes` on, and how long all of it is. */
export interface UploadPart extends BlobName {
  offset_bytes: number;
  size_bytes: number;
}

/** A whole upload, ready to get its name; its space is taken already. */
export interface WholeUpload extends BlobName {
  path: string;
  size_bytes: number;
  space_bytes: number;
}

interface Upload extends BlobName {
  readonly path: string;
  /** All of it, as its sender last said; null where it is only known from the disk. */
  size_bytes: number | null;
  received_bytes: number;
  space_bytes: number;
  /** Of the bytes received; null after a start, when they must be read again first. */
  hash: Hash | null;
  touched_at_ms: number;
  /** The request that adds to it now. */
  writer: Writer | null;
}

interface Writer {
  stop: AbortController;
  ended: Promise<void>;
}

const READ_LIMITS = { stall_ms: LIMITS.blob_stall_ms };

/**
 * Uploads that come in parts, `<actor>/<sha256>.part`: one that is cut off stays, also over a restart,
 * and its sender goes on after the last byte that arrived. Each counts against its actor's quota.
 */
export class BlobUploads {
  readonly #folder: string;
  readonly #usage: BlobUsage;
  readonly #clock: Clock;
  readonly #adopt: (upload: WholeUpload) => Promise<void>;
  readonly #uploads = new Map<string, Upload>();

  constructor(options: {
    folder: string;
    usage: BlobUsage;
    clock: Clock;
    adopt(upload: WholeUpload): Promise<void>;
  }) {
    this.#folder = options.folder;
    this.#usage = options.usage;
    this.#clock = options.clock;
    this.#adopt = options.adopt;
  }

  /** How far an upload has come; null where there is none. */
  status(name: BlobName): { size_bytes: number | null; received_bytes: number } | null {
    const upload = this.#uploads.get(keyOf(name));
    if (upload === undefined) return null;
    const { size_bytes, received_bytes } = upload;
    return { size_bytes, received_bytes };
  }

  /** Counts an upload that lies on the disk. */
  found(name: BlobName, received_bytes: number, touched_at_ms: number): void {
    const upload = { ...this.#fresh(name), received_bytes, touched_at_ms, hash: null };
    upload.space_bytes = spaceOf(received_bytes);
    this.#usage.count(name.actor, upload.space_bytes);
    this.#uploads.set(keyOf(name), upload);
  }

  /**
   * Adds to an upload, or begins one anew at byte 0; the last byte makes the blob durable. A request that
   * adds to the same upload now ends. Gives how many bytes are here. Throws `blob_offset` where it stands
   * elsewhere, `blob_mismatch`, `too_large`, `blob_quota` or `disk_full` (nothing of it stays), and
   * `interrupted` for a source that ended too early (what came stays).
   */
  async add(source: BlobSource, part: UploadPart): Promise<number> {
    try {
      const { upload, leave, signal } = await this.#begin(part);
      try {
        await this.#receive(upload, source, part, signal);
        return upload.received_bytes;
      } catch (thrown) {
        if (!(thrown instanceof CutOff)) await this.#drop(upload);
        throw diskError(thrown, `storing blob ${part.sha256}`);
      } finally {
        leave();
      }
    } catch (thrown) {
      await discard(source, READ_LIMITS);
      throw thrown;
    }
  }

  /** Removes what nobody has added to since then. */
  async expire(before_ms: number): Promise<void> {
    for (const upload of [...this.#uploads.values()]) {
      if (upload.writer !== null || upload.touched_at_ms >= before_ms) continue;
      const { leave } = occupy(upload);
      await this.#drop(upload).finally(leave);
    }
  }

  /** Ends those under way and forgets all: the folder is read again. */
  async forget(): Promise<void> {
    for (const { writer } of this.#uploads.values()) if (writer !== null) await ended(writer);
    this.#uploads.clear();
  }

  /** The upload that a part belongs to, with nobody else at it. */
  async #begin(part: UploadPart) {
    checkBlobName(part);
    const { actor, offset_bytes, size_bytes } = part;
    if (size_bytes > LIMITS.blob_bytes) throw tooLarge(LIMITS.blob_bytes);
    const key = keyOf(part);
    // No wait may lie between the last look at the writer and the new one's place.
    for (let writer; (writer = this.#uploads.get(key)?.writer);) await ended(writer);
    const upload = this.#uploads.get(key) ?? this.#fresh(part);
    if (offset_bytes !== 0 && offset_bytes !== upload.received_bytes) throw elsewhere(upload);
    if (offset_bytes > size_bytes) throw tooLarge(size_bytes);
    // It is charged as it grows; that it can't fit is said before it is sent.
    this.#usage.check(actor, spaceOf(size_bytes) - upload.space_bytes);
    if (!this.#uploads.has(key)) {
      let count = 0;
      for (const one of this.#uploads.values()) if (one.actor === actor) count++;
      if (count >= LIMITS.blob_uploads_per_actor) throw tooMany();
      this.#uploads.set(key, upload);
    }
    if (offset_bytes === 0) restart(upload);
    upload.size_bytes = size_bytes;
    return { upload, ...occupy(upload) };
  }

  async #receive(
    upload: Upload,
    source: BlobSource,
    { actor, sha256, size_bytes }: UploadPart,
    signal: AbortSignal,
  ): Promise<void> {
    await makePrivateFolder(`${this.#folder}/${actor}`);
    const options = { read: true, write: true, create: true, mode: FILE_MODE };
    using file = await Deno.open(upload.path, options);
    await file.truncate(upload.received_bytes);
    const hash = upload.hash ?? (await hashOfFile(file)).hash;
    upload.hash = hash;
    await file.seek(upload.received_bytes, Deno.SeekMode.Start);
    try {
      for await (const chunk of readChunks(source, { ...READ_LIMITS, signal })) {
        const received_bytes = upload.received_bytes + chunk.length;
        if (received_bytes > size_bytes) throw tooLarge(size_bytes);
        this.#charge(upload, received_bytes);
        await writeAll(file, chunk);
        hash.update(chunk);
        upload.received_bytes = received_bytes;
      }
    } finally {
      this.#charge(upload, upload.received_bytes);
      upload.touched_at_ms = this.#clock.now();
      await file.utime(upload.touched_at_ms / 1000, upload.touched_at_ms / 1000);
    }
    if (upload.received_bytes < size_bytes) return;
    const found = hash.digest("hex");
    if (found !== sha256) throw mismatch(sha256, found);
    await file.sync();
    const { path, space_bytes } = upload;
    await this.#adopt({ actor, sha256, path, size_bytes, space_bytes });
    this.#uploads.delete(keyOf(upload));
  }

  #charge(upload: Upload, size_bytes: number): void {
    const space_bytes = spaceOf(size_bytes);
    if (space_bytes > upload.space_bytes) {
      this.#usage.take(upload.actor, space_bytes - upload.space_bytes);
    } else this.#usage.free(upload.actor, upload.space_bytes - space_bytes);
    upload.space_bytes = space_bytes;
  }

  async #drop(upload: Upload): Promise<void> {
    await removeIfThere(upload.path);
    this.#uploads.delete(keyOf(upload));
    this.#usage.free(upload.actor, upload.space_bytes);
  }

  #fresh({ actor, sha256 }: BlobName): Upload {
    return {
      actor,
      sha256,
      path: partPath(this.#folder, { actor, sha256 }),
      size_bytes: null,
      received_bytes: 0,
      space_bytes: 0,
      hash: createHash("sha256"),
      touched_at_ms: this.#clock.now(),
      writer: null,
    };
  }
}

function keyOf({ actor, sha256 }: BlobName): string {
  return `${actor}/${sha256}`;
}

/** Ends the request that adds to an upload, and waits until it has. */
async function ended({ stop, ended }: Writer): Promise<void> {
  stop.abort();
  await ended;
}

/** Makes an upload its caller's alone until `leave` is called, or `signal` asks for it. */
function occupy(upload: Upload): { signal: AbortSignal; leave(): void } {
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  upload.writer = { stop, ended: promise };
  return {
    signal: stop.signal,
    leave() {
      upload.writer = null;
      resolve();
    },
  };
}

/** The file is cut when it is opened; until then its space stays taken. */
function restart(upload: Upload): void {
  upload.received_bytes = 0;
  upload.hash = createHash("sha256");
}

function elsewhere({ received_bytes }: Upload): HorizonError {
  return new HorizonError("blob_offset", `${received_bytes} bytes of the upload are here`, {
    fix: "Go on after them, or begin anew at byte 0.",
    details: { received_bytes },
  });
}

function tooMany(): HorizonError {
  const limit = LIMITS.blob_uploads_per_actor;
  return new HorizonError("limit_reached", `${limit} uploads of yours are not whole yet`, {
    fix: "Finish one of them first.",
    details: { limit },
  });
}
