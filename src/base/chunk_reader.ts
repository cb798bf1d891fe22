/** Reads a stream chunk by chunk. */
export interface ChunkReader {
  /** The next chunk, valid until the next call; null after the last. */
  read(): Promise<Uint8Array | null>;
  cancel(): Promise<void>;
  /** Lets the stream go. */
  release(): void;
}

const CHUNK_BYTES = 64 * 1024;

/**
 * A reader that fills one buffer again and again, where the stream can: each chunk that is newly
 * allocated lies in memory until the garbage is collected, which may be tens of megabytes later.
 */
export function chunkReader(stream: ReadableStream<Uint8Array>): ChunkReader {
  const reader = byobReader(stream);
  if (reader === null) return plainReader(stream);
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  return {
    async read() {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (value !== undefined) buffer = value.buffer;
      return done ? null : value;
    },
    cancel: () => reader.cancel(),
    release: () => reader.releaseLock(),
  };
}

function plainReader(stream: ReadableStream<Uint8Array>): ChunkReader {
  const reader = stream.getReader();
  return {
    async read() {
      const { done, value } = await reader.read();
      return done ? null : value;
    },
    cancel: () => reader.cancel(),
    release: () => reader.releaseLock(),
  };
}

/** Null for a stream whose chunks are made by its source. */
function byobReader(stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return stream.getReader({ mode: "byob" });
  } catch (thrown) {
    if (thrown instanceof TypeError && !stream.locked) return null;
    throw thrown;
  }
}
