import { HorizonError, messageOf } from "../base/errors.ts";
import { type ChunkReader, chunkReader } from "../base/chunk_reader.ts";
import { LIMITS } from "../protocol/limits.ts";

/** Where the bytes of a blob come from. */
export type BlobSource = ReadableStream<Uint8Array> | Uint8Array;

/** What ends the reading of a source before its end. */
export interface ReadLimits {
  /** Without a chunk for this long, the source counts as cut off. */
  stall_ms: number;
  signal?: AbortSignal;
}

/** Chunks of a network are small, and each write and hash of one has its price. */
const GATHERED_BYTES = 256 * 1024;
const DISCARDED_BYTES = 4 * LIMITS.blob_part_bytes;

/** The source ended before its end: it broke, it stalled, or its reader stopped it. */
export class CutOff extends HorizonError {
  constructor(why: string, cause?: unknown) {
    super("interrupted", `The upload was cut off: ${why}`, { cause });
  }
}

/**
 * The bytes of a source in few large chunks, each of them valid until the next. A source that is cut
 * off gives what came of it, and then throws `CutOff`.
 */
export async function* readChunks(
  source: BlobSource,
  limits: ReadLimits,
): AsyncGenerator<Uint8Array<ArrayBufferLike>> {
  if (source instanceof Uint8Array) return yield source;
  const reader = chunkReader(source);
  const gathered = new Uint8Array(GATHERED_BYTES);
  let length = 0;
  let cut: CutOff | null = null;
  try {
    for (;;) {
      const chunk = await nextChunk(reader, limits);
      if (chunk === null) break;
      if (length + chunk.length > GATHERED_BYTES) {
        if (length > 0) yield gathered.subarray(0, length);
        length = 0;
      }
      if (chunk.length > GATHERED_BYTES) yield chunk;
      else {
        gathered.set(chunk, length);
        length += chunk.length;
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof CutOff)) throw thrown;
    cut = thrown;
  } finally {
    reader.release();
  }
  if (length > 0) yield gathered.subarray(0, length);
  if (cut !== null) throw cut;
}

/**
 * Reads on in a source that was refused, within a bound, and cancels what is beyond: a sender that is
 * not heard out may miss the refusal.
 */
export async function discard(source: BlobSource, limits: ReadLimits): Promise<void> {
  if (source instanceof Uint8Array) return;
  let size_bytes = 0;
  try {
    for await (const chunk of readChunks(source, limits)) {
      size_bytes += chunk.length;
      if (size_bytes > DISCARDED_BYTES) break;
    }
    await source.cancel();
  } catch (thrown) {
    if (!(thrown instanceof CutOff)) throw thrown;
  }
}

/** The next chunk, or null after the last. */
async function nextChunk(
  reader: ChunkReader,
  { stall_ms, signal }: ReadLimits,
): Promise<Uint8Array | null> {
  let why: string | null = null;
  const stop = (reason: string) => {
    why ??= reason;
    // A cancelled reader ends the read that waits.
    reader.cancel().catch(() => undefined);
  };
  const onAbort = () => stop("another request goes on with it");
  const timer = setTimeout(() => stop(`nothing came for ${stall_ms} ms`), stall_ms);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    const chunk = await reader.read();
    if (why !== null) throw new CutOff(why);
    return chunk;
  } catch (thrown) {
    throw thrown instanceof HorizonError ? thrown : new CutOff(messageOf(thrown), thrown);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
