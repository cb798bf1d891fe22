/** How a value is written: KV Connect's ValueEncoding. */
const V8 = 1;
const BYTES = 3;
/** What V8's serializer writes before a value, and the tags of the numbers that it makes of whole ones. */
const V8_HEADER = [0xff, 0x0f];
const INT_32 = 0x49;
const UINT_32 = 0x55;
const DOUBLE = 0x4e;
const MAX_INT_32 = 0x7fff_ffff;

/** A stored value: its bytes, and how they are to be read. */
export interface EncodedValue {
  data: Uint8Array;
  encoding: number;
}

/** Bytes as they are, a number as V8 writes it, so that any Deno reads both. */
export function encodeValue(value: Uint8Array | number): EncodedValue {
  if (typeof value !== "number") return { data: value, encoding: BYTES };
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`the store keeps whole numbers from 0 on, not ${value}`);
  }
  if (value > MAX_INT_32) return { data: doubleOf(value), encoding: V8 };
  const bytes = [...V8_HEADER, INT_32];
  let rest = 2 * value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push(rest % 0x80 + 0x80);
  return { data: Uint8Array.from([...bytes, rest]), encoding: V8 };
}

function doubleOf(value: number): Uint8Array {
  const bytes = new Uint8Array(V8_HEADER.length + 1 + 8);
  bytes.set([...V8_HEADER, DOUBLE]);
  new DataView(bytes.buffer).setFloat64(V8_HEADER.length + 1, value, true);
  return bytes;
}

/** The bytes or the number of a stored value; undefined for what this program never writes. */
export function decodeValue(
  data: Uint8Array<ArrayBuffer>,
  encoding: number,
): Uint8Array<ArrayBuffer> | number | undefined {
  if (encoding === BYTES) return data;
  if (encoding !== V8 || data[0] !== V8_HEADER[0]) return undefined;
  const [, , tag, ...rest] = data;
  if (tag === DOUBLE && rest.length === 8) {
    return new DataView(Uint8Array.from(rest).buffer).getFloat64(0, true);
  }
  const unsigned = rest.reduce((sum, byte, i) => sum + (byte % 0x80) * 0x80 ** i, 0);
  if (tag === UINT_32) return unsigned;
  if (tag === INT_32) return unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2;
  return undefined;
}
