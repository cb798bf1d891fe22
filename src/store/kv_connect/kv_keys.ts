/** First byte of each kind of key part that this program uses; the bytes order as the parts do. */
const STRING = 0x02;
const NUMBER = 0x21;
/** An escaped zero within a string, and the end of it. */
const ZERO = [0x00, 0xff];
const END = 0x00;
/** After a key: the lowest byte that a longer key goes on with is above the one, below the other. */
const BEFORE_LONGER = 0x00;
const AFTER_LONGER = 0xff;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The ordered bytes of a key of texts and numbers, as KV Connect names it. Throws for other parts. */
export function encodeKey(key: Deno.KvKey): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(key.flatMap(encodePart));
}

/** The range of keys that a selector means: from `start`, up to but without `end`. */
export function encodeSelector(
  selector: Deno.KvListSelector,
): { start: Uint8Array<ArrayBuffer>; end: Uint8Array<ArrayBuffer> } {
  const prefix = "prefix" in selector ? encodeKey(selector.prefix) : new Uint8Array(0);
  return {
    start: "start" in selector
      ? encodeKey(selector.start)
      : Uint8Array.from([...prefix, BEFORE_LONGER]),
    end: "end" in selector ? encodeKey(selector.end) : Uint8Array.from([...prefix, AFTER_LONGER]),
  };
}

/** The key of its ordered bytes. Throws a RangeError for bytes that are none of ours. */
export function decodeKey(bytes: Uint8Array<ArrayBuffer>): Deno.KvKey {
  const parts: (string | number)[] = [];
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at++];
    if (kind === NUMBER) {
      parts.push(decodeNumber(bytes.subarray(at, at + 8)));
      at += 8;
    } else if (kind === STRING) {
      const text: number[] = [];
      for (;; at++) {
        const byte = bytes[at];
        if (byte === undefined) throw new RangeError("a key ends within a text");
        if (byte === END && bytes[at + 1] !== ZERO[1]) break;
        if (byte === END) at++;
        text.push(byte);
      }
      at++;
      parts.push(decoder.decode(Uint8Array.from(text)));
    } else throw new RangeError("a key has a part that is neither text nor number");
  }
  return parts;
}

function encodePart(part: Deno.KvKeyPart): number[] {
  if (typeof part === "number") return [NUMBER, ...encodeNumber(part)];
  if (typeof part !== "string") throw new RangeError(`a key part of type ${typeof part}`);
  const text = [...encoder.encode(part)].flatMap((byte) => byte === 0 ? ZERO : [byte]);
  return [STRING, ...text, END];
}

/** Big-endian IEEE bits; the sign is flipped, and for a negative number all the rest too. */
function encodeNumber(value: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  const negative = (bytes[0] ?? 0) >= 0x80;
  return [...bytes].map((byte, i) => negative ? byte ^ 0xff : i === 0 ? byte ^ 0x80 : byte);
}

function decodeNumber(ordered: Uint8Array<ArrayBuffer>): number {
  if (ordered.length !== 8) throw new RangeError("a key ends within a number");
  const negative = (ordered[0] ?? 0) < 0x80;
  const bytes = ordered.map((byte, i) => negative ? byte ^ 0xff : i === 0 ? byte ^ 0x80 : byte);
  return new DataView(bytes.buffer).getFloat64(0);
}
