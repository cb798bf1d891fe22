import { MessageWriter, readMessage, type WireField } from "./protobuf.ts";
import type { EncodedValue } from "./kv_values.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A range of keys to read; `end` is not in it. */
export interface ReadRange {
  start: Bytes;
  end: Bytes;
  limit: number;
  reverse: boolean;
}

/** A stored entry, still encoded. */
export interface WireEntry {
  key: Bytes;
  value: Bytes;
  encoding: number;
  versionstamp: Bytes;
}

/** An atomic write: what must still be so, and what is then set. */
export interface WireWrite {
  checks: { key: Bytes; versionstamp: Bytes }[];
  sets: { key: Bytes; value: EncodedValue }[];
}

/** The end of an atomic write. */
export type WriteOutcome =
  | { status: "success"; versionstamp: Bytes }
  | { status: "check_failure" }
  | { status: "refused" };

const MUTATION_SET = 1;
const WRITE_SUCCESS = 1;
const WRITE_CHECK_FAILURE = 2;
const READ_SUCCESS = 1;
const READ_UNSPECIFIED = 0;

/** The bytes of a `SnapshotRead`. */
export function encodeRead(ranges: readonly ReadRange[]): Bytes {
  const message = new MessageWriter();
  for (const { start, end, limit, reverse } of ranges) {
    const range = new MessageWriter().bytes(1, start).bytes(2, end).number(3, limit)
      .number(4, reverse ? 1 : 0);
    message.bytes(1, range.finish());
  }
  return message.finish();
}

/**
 * The entries of a `SnapshotReadOutput`, for each range; null where the store can't read now. Throws a
 * RangeError for bytes that are none.
 */
export function decodeReadOutput(bytes: Bytes): WireEntry[][] | null {
  const ranges: WireEntry[][] = [];
  let isReadable = true;
  for (const field of readMessage(bytes)) {
    if (field.id === 1) ranges.push(entriesOf(field.bytes));
    if (field.id === 2 && field.number !== 0) isReadable = false;
    if (field.id === 8 && field.number !== READ_SUCCESS && field.number !== READ_UNSPECIFIED) {
      isReadable = false;
    }
  }
  return isReadable ? ranges : null;
}

/** The bytes of an `AtomicWrite`. */
export function encodeWrite({ checks, sets }: WireWrite): Bytes {
  const message = new MessageWriter();
  for (const { key, versionstamp } of checks) {
    message.bytes(1, new MessageWriter().bytes(1, key).bytes(2, versionstamp).finish());
  }
  for (const { key, value: { data, encoding } } of sets) {
    const value = new MessageWriter().bytes(1, data).number(2, encoding).finish();
    const mutation = new MessageWriter().bytes(1, key).bytes(2, value).number(3, MUTATION_SET);
    message.bytes(2, mutation.finish());
  }
  return message.finish();
}

/** The outcome in an `AtomicWriteOutput`. Throws a RangeError for bytes that are none. */
export function decodeWriteOutput(bytes: Bytes): WriteOutcome {
  const { 1: status, 2: versionstamp } = fieldsOf(bytes);
  if (status?.number === WRITE_SUCCESS && versionstamp !== undefined) {
    return { status: "success", versionstamp: versionstamp.bytes };
  }
  return { status: status?.number === WRITE_CHECK_FAILURE ? "check_failure" : "refused" };
}

function entriesOf(range: Bytes): WireEntry[] {
  const entries: WireEntry[] = [];
  for (const { id, bytes } of readMessage(range)) {
    if (id !== 1) continue;
    const { 1: key, 2: value, 3: encoding, 4: versionstamp } = fieldsOf(bytes);
    if (key === undefined || versionstamp === undefined) {
      throw new RangeError("an entry without its key or versionstamp");
    }
    entries.push({
      key: key.bytes,
      value: value?.bytes ?? new Uint8Array(0),
      encoding: encoding?.number ?? 0,
      versionstamp: versionstamp.bytes,
    });
  }
  return entries;
}

/** The last field of each number: none of these messages repeats one. */
function fieldsOf(message: Bytes): Record<number, WireField | undefined> {
  const fields: Record<number, WireField | undefined> = {};
  for (const field of readMessage(message)) fields[field.id] = field;
  return fields;
}
