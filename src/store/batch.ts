import { HorizonError } from "../base/errors.ts";
import { canonicalBytes } from "../base/json.ts";
import type { Checkpoint } from "../protocol/feed.ts";
import { LIMITS } from "../protocol/limits.ts";
import { parseCheckpoint } from "./checkpoint.ts";

/** What one commit adds to the feed: the events from `first_seq` on, and the checkpoint after them. */
export interface Batch {
  first_seq: number;
  /** RFC 8785 bytes of each event. */
  records: Uint8Array[];
  checkpoint: Checkpoint;
}

// A batch is one byte stream, little-endian:
//   u32 size of the whole, u32 number of records, u32 size of each record, records, checkpoint (JSON)
const WORD_BYTES = 4;
const HEADER_WORDS = 2;
/** Room for the checkpoint: two numbers, a hash, a node id, a signature and their names. */
const CHECKPOINT_MAX_BYTES = 1024;

/** Bytes that a record adds to a batch. */
export function recordSpace(record: Uint8Array): number {
  return WORD_BYTES + record.length;
}

/** Bytes of a batch that records may take (the sum of their `recordSpace`). */
export const BATCH_SPACE = LIMITS.journal_batch_bytes - HEADER_WORDS * WORD_BYTES -
  CHECKPOINT_MAX_BYTES;

/** The byte stream of a batch. */
export function encodeBatch(
  records: readonly Uint8Array[],
  checkpoint: Checkpoint,
): Uint8Array<ArrayBuffer> {
  const trailer = canonicalBytes(checkpoint);
  const header_bytes = (HEADER_WORDS + records.length) * WORD_BYTES;
  const size = records.reduce((sum, record) => sum + record.length, header_bytes + trailer.length);
  const stream = new Uint8Array(size);
  const words = new DataView(stream.buffer);
  words.setUint32(0, size, true);
  words.setUint32(WORD_BYTES, records.length, true);
  let offset = header_bytes;
  records.forEach((record, i) => {
    words.setUint32((HEADER_WORDS + i) * WORD_BYTES, record.length, true);
    stream.set(record, offset);
    offset += record.length;
  });
  stream.set(trailer, offset);
  return stream;
}

/** The values that a byte stream is cut into, each as large as a KV value may be. */
export function cutStream(stream: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += LIMITS.journal_value_bytes) {
    parts.push(stream.subarray(at, at + LIMITS.journal_value_bytes));
  }
  return parts;
}

/** The batch of its byte stream; its records are views into it. Throws `data_corrupt`. */
export function decodeBatch(first_seq: number, parts: readonly Uint8Array[]): Batch {
  const stream = joinParts(parts);
  const corrupt = (what: string) => batchCorrupt(first_seq, what);
  if (stream.length < HEADER_WORDS * WORD_BYTES) throw corrupt("it has no header");
  const words = new DataView(stream.buffer, stream.byteOffset, stream.length);
  const size = words.getUint32(0, true);
  if (size !== stream.length) {
    throw corrupt(`it has ${stream.length} bytes and its header says ${size}`);
  }
  const count = words.getUint32(WORD_BYTES, true);
  let offset = (HEADER_WORDS + count) * WORD_BYTES;
  if (count === 0 || offset > size) throw corrupt(`its header says ${count} events`);
  const records: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const end = offset + words.getUint32((HEADER_WORDS + i) * WORD_BYTES, true);
    if (end > size) throw corrupt(`event ${first_seq + i} ends beyond it`);
    records.push(stream.subarray(offset, end));
    offset = end;
  }
  const last_seq = first_seq + count - 1;
  const checkpoint = parseCheckpoint(stream.subarray(offset), `of event ${last_seq}`);
  if (checkpoint.seq !== last_seq) {
    throw corrupt(`it ends at event ${last_seq} and its checkpoint is of ${checkpoint.seq}`);
  }
  return { first_seq, records, checkpoint };
}

/** A batch without its events up to a seq. */
export function startingAfter(batch: Batch, after_seq: number): Batch {
  const skip = after_seq + 1 - batch.first_seq;
  if (skip <= 0) return batch;
  return { ...batch, first_seq: after_seq + 1, records: batch.records.slice(skip) };
}

/** The error of a damaged batch, with the place to look at. */
export function batchCorrupt(first_seq: number, what: string): HorizonError {
  const message = `The journal is damaged in the batch that starts at event ${first_seq}: ${what}`;
  return new HorizonError("data_corrupt", message, {
    fix: "Restore the data folder from a backup.",
    details: { first_seq },
  });
}

function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const only = parts[0];
  if (parts.length === 1 && only !== undefined) return only;
  const stream = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    stream.set(part, offset);
    offset += part.length;
  }
  return stream;
}
