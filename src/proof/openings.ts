import { SHA256_BYTES } from "../base/hash.ts";
import { depthOf } from "./merkle.ts";
import { type ProofFailure, proofFailure } from "./outcome.ts";
import { type MatrixSize, PROFILES } from "./profiles.ts";
import { OPENED_ROWS } from "./rows.ts";

/** One opened row of C: its n little-endian words as bytes, and its Merkle path, leaf level first. */
export interface Opening {
  readonly index: number;
  readonly row: Uint8Array;
  readonly path: Uint8Array;
}

/** "HZO1": the wire form's name and version. */
const MAGIC = 0x314f5a48;
/** Magic, number of openings, words in a row, hashes in a path: u32 LE each. */
const HEADER_BYTES = 16;
const INDEX_BYTES = 4;

/** Bytes of an answer that opens `count` rows: the header, then index, row and path of each. */
export function answerBytes(size: MatrixSize, count: number): number {
  return HEADER_BYTES +
    count * (INDEX_BYTES + 4 * size.n + SHA256_BYTES * depthOf(size.m));
}

/** The longest answer that any profile can have: what a registry reads of a body at most. */
export const MAX_ANSWER_BYTES = Math.max(
  ...PROFILES.map((profile) => answerBytes(profile, OPENED_ROWS)),
);

/** The wire form of openings, in their order. */
export function encodeOpenings(
  size: MatrixSize,
  openings: readonly Opening[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(answerBytes(size, openings.length));
  const view = new DataView(bytes.buffer);
  const header = [MAGIC, openings.length, size.n, depthOf(size.m)];
  header.forEach((word, i) => view.setUint32(4 * i, word, true));
  let offset = HEADER_BYTES;
  for (const { index, row, path } of openings) {
    view.setUint32(offset, index, true);
    bytes.set(row, offset + INDEX_BYTES);
    bytes.set(path, offset + INDEX_BYTES + row.length);
    offset += INDEX_BYTES + row.length + path.length;
  }
  return bytes;
}

/**
 * The openings in an answer (views of it, nothing is copied), or why it is refused: the length must
 * be exact and the rows must be the requested ones, in the order of the request. Codes: `truncated`,
 * `oversized`, `malformed`, `wrong_count`, `duplicate_row`, `other_row`.
 */
export function decodeOpenings(
  size: MatrixSize,
  indices: readonly number[],
  answer: Uint8Array,
): { ok: true; openings: Opening[] } | ProofFailure {
  const refuse = (code: string, reason: string) => proofFailure("openings", code, reason);
  if (answer.length < HEADER_BYTES) return refuse("truncated", "The answer ends within its header");
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  const depth = depthOf(size.m);
  const word = (i: number) => view.getUint32(4 * i, true);
  if (word(0) !== MAGIC || word(2) !== size.n || word(3) !== depth) {
    return refuse("malformed", "The answer's header is not that of this challenge");
  }
  if (word(1) !== indices.length) {
    return refuse("wrong_count", `The answer opens ${word(1)} rows, not ${indices.length}`);
  }
  const expected_bytes = answerBytes(size, indices.length);
  const lengths = `${answer.length} bytes, not ${expected_bytes}`;
  if (answer.length < expected_bytes) return refuse("truncated", `The answer has ${lengths}`);
  if (answer.length > expected_bytes) return refuse("oversized", `The answer has ${lengths}`);
  const openings: Opening[] = [];
  const seen = new Set<number>();
  let offset = HEADER_BYTES;
  for (const wanted of indices) {
    const index = view.getUint32(offset, true);
    if (seen.has(index)) return refuse("duplicate_row", `Row ${index} is opened twice`);
    if (index !== wanted) return refuse("other_row", `Row ${index} is opened, not row ${wanted}`);
    seen.add(index);
    const row = answer.subarray(offset += INDEX_BYTES, offset += 4 * size.n);
    const path = answer.subarray(offset, offset += SHA256_BYTES * depth);
    openings.push({ index, row, path });
  }
  return { ok: true, openings };
}
