import { compressionError } from "./errors.ts";

/**
 * Lengths in bits of the codes of the bytes 0 to 255 and of the end mark (RFC 7541, appendix B). The
 * code is canonical: shorter codes first, then by symbol, so that the lengths are all of it.
 */
const LENGTHS =
  "13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28 " +
  "6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10 13 6 7 7 7 7 7 7 7 7 " +
  "7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6 15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 " +
  "7 7 7 15 11 14 13 28 20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 " +
  "21 22 23 22 23 23 24 22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 " +
  "22 22 22 23 22 22 23 26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 " +
  "21 26 26 28 27 27 27 20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 " +
  "28 27 27 27 27 27 26 30";

const END_MARK = 256;
const MAX_BITS = 30;
/** By length: the first code of that length, how many there are, and where their symbols begin. */
const FIRST = new Int32Array(MAX_BITS + 1);
const COUNT = new Int32Array(MAX_BITS + 1);
const START = new Int32Array(MAX_BITS + 1);
/** The symbols in the order of their codes. */
const SYMBOLS = canonicalOrder();

function canonicalOrder(): Int32Array {
  const lengths = LENGTHS.split(" ").map(Number);
  for (const length of lengths) COUNT[length] = (COUNT[length] ?? 0) + 1;
  let code = 0;
  let start = 0;
  for (let bits = 1; bits <= MAX_BITS; bits++) {
    code <<= 1;
    FIRST[bits] = code;
    START[bits] = start;
    code += COUNT[bits] ?? 0;
    start += COUNT[bits] ?? 0;
  }
  const symbols = lengths.map((length, symbol) => ({ length, symbol }));
  symbols.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  return Int32Array.from(symbols, ({ symbol }) => symbol);
}

/**
 * The bytes of a Huffman-coded text. Throws COMPRESSION_ERROR for a code that is none, the end mark, and
 * padding that is not the start of it.
 */
export function huffmanDecode(coded: Uint8Array): Uint8Array<ArrayBuffer> {
  // The shortest code has five bits.
  const decoded = new Uint8Array(Math.ceil(coded.length * 8 / 5));
  let length = 0;
  let code = 0;
  let bits = 0;
  for (const byte of coded) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code << 1 | byte >> bit & 1;
      bits++;
      if (bits > MAX_BITS) throw compressionError("a code that is none");
      const place = code - (FIRST[bits] ?? 0);
      if (place < 0 || place >= (COUNT[bits] ?? 0)) continue;
      const symbol = SYMBOLS[(START[bits] ?? 0) + place] ?? END_MARK;
      if (symbol === END_MARK) throw compressionError("the end mark inside a text");
      decoded[length++] = symbol;
      code = 0;
      bits = 0;
    }
  }
  if (bits > 7 || code !== (1 << bits) - 1) throw compressionError("bad padding");
  return decoded.subarray(0, length);
}
