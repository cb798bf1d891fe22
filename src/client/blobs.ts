import { chunkReader } from "../base/chunk_reader.ts";
import { HorizonError } from "../base/errors.ts";
import { sha256OfFile } from "../base/file_hash.ts";
import { sha256Hex } from "../base/hash.ts";
import { BlobStatus } from "../protocol/blob.ts";
import { NamedBlob } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";
import { BlobFile } from "./blob_file.ts";
import { bytesSource, fileSource, type UploadSource } from "./blob_sources.ts";
import { Persistence } from "./blob_tries.ts";
import { badAnswer, readBody, readJson } from "./body.ts";
import { REQUEST_TIMEOUT_MS } from "./caller.ts";
import type { Asking } from "./network.ts";
import type { Wait } from "./retries.ts";

/** What a transfer tells, and what ends it. */
export interface TransferOptions {
  /** Told as bytes have arrived. */
  onProgress?: (done_bytes: number, size_bytes: number) => void;
  signal?: AbortSignal;
}

const OCTETS = "application/octet-stream";
/** Slowest link that a part may travel over. */
const LINK_BYTES_PER_MS = 64;
/** Slowest disk that the registry may have: it answers the last part once the whole blob is durable. */
const DISK_BYTES_PER_MS = 16 * 1024;

/**
 * The blobs of jobs at a registry: sent in parts and fetched into files, without ever holding a whole
 * one. A transfer that breaks goes on where it was, in the same call or in a later one. Errors are the
 * registry's own, or those of `Client`.
 */
export class BlobClient {
  readonly #ways: Asking;
  readonly #wait: Wait;
  readonly #signal: AbortSignal | undefined;

  constructor(ways: Asking, { wait, signal }: { wait: Wait; signal: AbortSignal | undefined }) {
    this.#ways = ways;
    this.#wait = wait;
    this.#signal = signal;
  }

  /**
   * Stores a file; bytes that the registry has already aren't sent again. `sha256` spares reading it
   * twice. Throws `blob_mismatch` for a file that changed meanwhile.
   */
  async putFile(
    path: string,
    options: TransferOptions & { sha256?: string } = {},
  ): Promise<NamedBlob> {
    const sha256 = options.sha256 ?? (await sha256OfFile(path)).sha256;
    using file = await Deno.open(path, { read: true });
    const { size: size_bytes } = await file.stat();
    return await this.#send(fileSource(file, { sha256, size_bytes }), options);
  }

  /** Stores bytes; few of them in one request. */
  async putBytes(
    bytes: Uint8Array<ArrayBuffer>,
    options: TransferOptions = {},
  ): Promise<NamedBlob> {
    const source = bytesSource(bytes, sha256Hex(bytes));
    if (bytes.length > LIMITS.blob_part_bytes) return await this.#send(source, options);
    const stored = await this.#ways.signed(`/blobs/${source.sha256}`, {
      method: "PUT",
      bytes,
      timeout_ms: REQUEST_TIMEOUT_MS + bytes.length / LINK_BYTES_PER_MS,
      ...signalOf(options),
    }, readAnswer);
    return validate(NamedBlob, stored, "The registry's answer", "bad_gateway");
  }

  /** A blob of a job, checked by its hash. Throws `blob_mismatch`, and `too_large` beyond `max_bytes`. */
  async bytes(
    job_id: string,
    sha256: string,
    max_bytes: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const timeout_ms = REQUEST_TIMEOUT_MS + max_bytes / LINK_BYTES_PER_MS;
    const bytes = await this.#ways.signed(
      pathOf(job_id, sha256),
      { accept: OCTETS, timeout_ms },
      (response) => {
        const size_bytes = Number(response.headers.get("content-length") ?? 0);
        if (size_bytes > max_bytes) throw tooLarge(size_bytes, max_bytes);
        return readBody(response, max_bytes);
      },
    );
    if (sha256Hex(bytes) === sha256) return bytes;
    throw otherBytes(sha256);
  }

  /**
   * Fetches a blob of a job into a new file, which is there whole or not at all. What a broken transfer
   * brought lies in a hidden file beside it, from which the next one goes on. Throws `blob_mismatch`,
   * `disk_full`, or `forbidden` where it can't be written.
   */
  async toFile(
    job_id: string,
    blob: NamedBlob,
    path: string,
    options: TransferOptions = {},
  ): Promise<void> {
    await using file = await BlobFile.open(path, blob);
    const tries = this.#tries(options);
    let isFresh = file.length_bytes === 0;
    for (;;) {
      try {
        if (file.length_bytes < blob.size_bytes) await this.#fetchRest(job_id, file, options);
        if (file.hasHash()) break;
      } catch (thrown) {
        await tries.again(thrown, file.length_bytes);
        continue;
      }
      await file.restart();
      // What lay there may have been something else's.
      if (isFresh) throw otherBytes(blob.sha256);
      isFresh = true;
    }
    await file.finish();
  }

  /** Sends what the registry lacks. */
  async #send(source: UploadSource, options: TransferOptions): Promise<NamedBlob> {
    const { sha256, size_bytes } = source;
    if (size_bytes > LIMITS.blob_bytes) throw tooLarge(size_bytes, LIMITS.blob_bytes);
    const tries = this.#tries(options);
    let status: BlobStatus | null = null;
    // Whether all that the registry has of it came from this call.
    let isFresh = false;
    while (status?.complete !== true) {
      try {
        if (status === null) status = await this.#status(sha256, options);
        else {
          isFresh ||= status.received_bytes === 0;
          status = await this.#sendPart(source, status, options);
        }
        options.onProgress?.(status.received_bytes, size_bytes);
      } catch (thrown) {
        source.abandon();
        const isMismatch = thrown instanceof HorizonError && thrown.code === "blob_mismatch";
        // What an earlier call sent may have been something else.
        if (!isMismatch || isFresh) await tries.again(thrown, status?.received_bytes ?? 0);
        status = null;
        if (isMismatch) isFresh = true;
      }
    }
    return { sha256, size_bytes };
  }

  async #status(sha256: string, options: TransferOptions): Promise<BlobStatus> {
    const path = `/blobs/${sha256}`;
    const value = await this.#ways.signed(path, { ...signalOf(options) }, readAnswer);
    return validate(BlobStatus, value, "The registry's answer", "bad_gateway");
  }

  async #sendPart(
    source: UploadSource,
    { received_bytes }: BlobStatus,
    options: TransferOptions,
  ): Promise<BlobStatus> {
    const { sha256, size_bytes } = source;
    const offset = received_bytes > size_bytes ? 0 : received_bytes;
    const bytes = await source.read(offset, LIMITS.blob_part_bytes);
    const isLast = offset + bytes.length === size_bytes;
    const disk_ms = isLast ? size_bytes / DISK_BYTES_PER_MS : 0;
    const value = await this.#ways.signed(`/blobs/${sha256}`, {
      method: "PUT",
      query: { offset, size: size_bytes },
      bytes,
      isUncopied: true,
      timeout_ms: REQUEST_TIMEOUT_MS + bytes.length / LINK_BYTES_PER_MS + disk_ms,
      ...signalOf(options),
    }, readAnswer);
    const status = validate(BlobStatus, value, "The registry's answer", "bad_gateway");
    if (status.complete || status.received_bytes > offset) return status;
    throw badAnswer("an upload does not come forward");
  }

  /** Appends what is missing of a blob to its file. */
  async #fetchRest(job_id: string, file: BlobFile, options: TransferOptions): Promise<void> {
    const { sha256, size_bytes } = file.blob;
    const from = file.length_bytes;
    const headers: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
    let isOver = false;
    const take = async (response: Response, alive: () => void) => {
      if (!isFrom(response, from)) await file.restart();
      const reader = response.body === null ? null : chunkReader(response.body);
      for (let chunk; (chunk = await reader?.read() ?? null) !== null;) {
        // The request was given up while the file still belonged to this one.
        if (isOver) return;
        await file.append(chunk).catch(async (thrown) => {
          await reader?.cancel().catch(() => undefined);
          throw thrown;
        });
        alive();
        options.onProgress?.(file.length_bytes, size_bytes);
      }
      if (file.length_bytes < size_bytes) throw brokenOff(file.length_bytes, size_bytes);
    };
    try {
      const asked = { accept: OCTETS, headers, ...signalOf(options) };
      await this.#ways.signed(pathOf(job_id, sha256), asked, take);
    } finally {
      isOver = true;
    }
  }

  #tries({ signal }: TransferOptions): Persistence {
    const signals = [signal, this.#signal].filter((one) => one !== undefined);
    return new Persistence(this.#wait, AbortSignal.any(signals));
  }
}

function signalOf({ signal }: TransferOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function pathOf(job_id: string, sha256: string): string {
  return `/jobs/${encodeURIComponent(job_id)}/blobs/${sha256}`;
}

/** True if an answer's body begins at that byte: a registry may send all of a blob instead. */
function isFrom({ status, headers }: Response, from_bytes: number): boolean {
  if (status !== 206) return from_bytes === 0;
  return headers.get("content-range")?.startsWith(`bytes ${from_bytes}-`) === true;
}

function readAnswer(response: Response): Promise<unknown> {
  return readJson(response, LIMITS.request_bytes);
}

function brokenOff(length_bytes: number, size_bytes: number): HorizonError {
  return new HorizonError("network", `The blob broke off after ${length_bytes} of ${size_bytes}.`);
}

function otherBytes(sha256: string): HorizonError {
  return new HorizonError("blob_mismatch", `The registry sent other bytes than blob ${sha256}.`);
}

function tooLarge(size_bytes: number, limit_bytes: number): HorizonError {
  const message = `The blob may have ${limit_bytes} bytes, and it has ${size_bytes}.`;
  return new HorizonError("too_large", message, { details: { limit_bytes, size_bytes } });
}
