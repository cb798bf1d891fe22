import { HorizonError, messageOf } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import type { FeedEvent, Head } from "../protocol/feed.ts";
import type { Batch } from "./batch.ts";
import { EMPTY_HEAD } from "./checkpoint.ts";
import type { Journal } from "./journal.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The stored bytes of an event, the text that they are, and their SHA-256. */
export interface ReplayedRecord {
  bytes: Uint8Array;
  text: string;
  hash: string;
}

/**
 * Reads all events after `after` (`EMPTY_HEAD`, or the head of a snapshot) in order, and returns the
 * head. An event is handed on only once its whole batch has proved to be on one hash chain from
 * `after` to the batch's checkpoint. Throws `data_corrupt` with the seq where the chain breaks; the
 * caller then discards what it has. `onBatch` hears of each batch after its events.
 */
export async function replay(
  journal: Journal,
  after: Head,
  onEvent: (event: FeedEvent, record: ReplayedRecord) => void,
  onBatch: (batch: Batch) => void = () => {},
): Promise<Head> {
  const head = journal.head ?? EMPTY_HEAD;
  if (after.seq > head.seq) {
    throw corrupt(after.seq, `the journal ends at event ${head.seq}`);
  }
  let hash = after.hash;
  for await (const batch of journal.batches(after.seq)) {
    const texts = asciiTexts(batch.records);
    const events = batch.records.map((bytes, i) => {
      const text = texts?.[i] ?? textOf(bytes, batch.first_seq + i);
      const event = parseEvent(text, batch.first_seq + i, hash);
      hash = sha256Hex(bytes);
      return { event, record: { bytes, text, hash } };
    });
    if (batch.checkpoint.hash !== hash) {
      throw corrupt(batch.checkpoint.seq, "its hash is not the one of its checkpoint");
    }
    for (const { event, record } of events) onEvent(event, record);
    onBatch(batch);
  }
  if (hash !== head.hash) {
    throw corrupt(head.seq, "its hash is not the one of the journal's head");
  }
  return { seq: head.seq, hash: head.hash };
}

/**
 * The texts of a batch's records, which lie side by side, by one call of the decoder: it costs as much
 * as JSON.parse if called for each. Null unless all is ASCII, where a byte is a character.
 */
function asciiTexts(records: readonly Uint8Array[]): string[] | null {
  const [first] = records;
  const last = records.at(-1);
  if (first === undefined || last === undefined) return null;
  const size = last.byteOffset + last.length - first.byteOffset;
  const bytes = new Uint8Array(first.buffer, first.byteOffset, size);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return null; // The record that is damaged names itself when it is read alone.
  }
  if (text.length !== size) return null;
  let offset = 0;
  return records.map(({ length }) => text.slice(offset, offset += length));
}

function textOf(bytes: Uint8Array, seq: number): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw corrupt(seq, `its bytes are not JSON: ${messageOf(cause)}`, cause);
  }
}

/** The event of its text, if it has that seq and follows an event of that hash. */
function parseEvent(text: string, seq: number, prev: string): FeedEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(seq, `its bytes are not JSON: ${messageOf(cause)}`, cause);
  }
  if (!isEvent(value)) throw corrupt(seq, "its bytes are not an event");
  if (value.seq !== seq) throw corrupt(seq, `in its place lies event ${value.seq}`);
  if (value.prev !== prev) {
    throw corrupt(seq, `its prev is not the hash of event ${seq - 1}`);
  }
  return value;
}

/** The frame of an event. Its data is ours: the hash chain ties it to what the sequencer wrote. */
function isEvent(value: unknown): value is FeedEvent {
  return typeof value === "object" && value !== null &&
    "v" in value && value.v === 1 &&
    "seq" in value && typeof value.seq === "number" &&
    "prev" in value && typeof value.prev === "string" &&
    "at" in value && typeof value.at === "number" &&
    "type" in value && typeof value.type === "string" &&
    "data" in value && typeof value.data === "object" && value.data !== null;
}

function corrupt(seq: number, what: string, cause?: unknown): HorizonError {
  return new HorizonError("data_corrupt", `The journal is damaged at event ${seq}: ${what}`, {
    fix: "Restore the data folder from a backup.",
    details: { seq },
    cause,
  });
}
