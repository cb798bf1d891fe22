import { SHA256_BYTES } from "../base/hash.ts";
import { chainLeaves, type OpenedLane } from "./chain.ts";
import type { Draw } from "./draw.ts";
import { depthOf } from "./merkle.ts";
import { type ProofFailure, proofFailure } from "./outcome.ts";
import { LANES_PER_LEAF, type ProofSize } from "./size.ts";

/** One opened row of C: its n little-endian words as bytes, and its Merkle path, leaf level first. */
export interface Opening {
  readonly index: number;
  readonly row: Uint8Array;
  readonly path: Uint8Array;
  /** The path of the row's tag in each drawn sweep. */
  readonly tag_paths: readonly Uint8Array[];
}

/** What an answer opens. */
export interface Openings {
  readonly rows: readonly Opening[];
  readonly lanes: readonly OpenedLane[];
}

/** How many of each an answer opens. */
export interface OpeningCounts {
  readonly rows: number;
  readonly lanes: number;
  readonly sweeps: number;
}

/** "HZP2": the wire form's name and version. */
const MAGIC = 0x32505a48;
const HEADER_BYTES = 32;
const INDEX_BYTES = 4;
const LEAF_BYTES = 4 * LANES_PER_LEAF;

/** What a registry reads of an answer at most: more than the largest size that is ever planned needs. */
export const MAX_ANSWER_BYTES = 2 ** 22;

/** Bytes of the parts of an answer. */
function partBytes(size: ProofSize, sweeps: number): { row: number; lane: number } {
  const row_path = SHA256_BYTES * depthOf(size.m);
  const lane_path = SHA256_BYTES * depthOf(chainLeaves(size));
  return {
    row: INDEX_BYTES + 4 * size.n + (1 + sweeps) * row_path,
    lane: INDEX_BYTES + LEAF_BYTES + lane_path,
  };
}

/** Bytes of an answer: the header, the rows with their paths, the lanes with theirs. */
export function answerBytes(size: ProofSize, counts: OpeningCounts): number {
  const { row, lane } = partBytes(size, counts.sweeps);
  return HEADER_BYTES + counts.rows * row + counts.lanes * lane;
}

function headerOf(size: ProofSize, { rows, lanes, sweeps }: OpeningCounts): number[] {
  return [MAGIC, rows, size.n, depthOf(size.m), sweeps, lanes, depthOf(chainLeaves(size)), 0];
}

/** The wire form of openings, in their order. */
export function encodeOpenings(
  size: ProofSize,
  { rows, lanes }: Openings,
): Uint8Array<ArrayBuffer> {
  const counts = {
    rows: rows.length,
    lanes: lanes.length,
    sweeps: rows[0]?.tag_paths.length ?? 0,
  };
  const bytes = new Uint8Array(answerBytes(size, counts));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  const word = (value: number) => {
    view.setUint32(offset, value, true);
    offset += INDEX_BYTES;
  };
  const put = (part: Uint8Array) => {
    bytes.set(part, offset);
    offset += part.length;
  };
  headerOf(size, counts).forEach(word);
  for (const { index, row, path, tag_paths } of rows) {
    word(index);
    [row, path, ...tag_paths].forEach(put);
  }
  for (const { lane, leaf, path } of lanes) {
    word(lane);
    [leaf, path].forEach(put);
  }
  return bytes;
}

/**
 * The openings in an answer (views of it, nothing is copied), or why it is refused: the length must
 * be exact, and what is opened must be what was asked for, in that order. Codes: `truncated`,
 * `oversized`, `malformed`, `wrong_count`, `duplicate_row`, `other_row`, `other_lane`.
 */
export function decodeOpenings(
  size: ProofSize,
  draw: Draw,
  answer: Uint8Array,
): { ok: true; openings: Openings } | ProofFailure {
  const refused = headerFault(size, draw, answer);
  if (refused !== null) return refused;
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  const row_path = SHA256_BYTES * depthOf(size.m);
  const lane_path = SHA256_BYTES * depthOf(chainLeaves(size));
  let offset = HEADER_BYTES;
  const word = () => view.getUint32((offset += INDEX_BYTES) - INDEX_BYTES, true);
  const take = (length: number) => answer.subarray(offset, offset += length);
  const rows: Opening[] = [];
  for (const wanted of draw.rows) {
    const index = word();
    if (index !== wanted) return otherRow(index, wanted, rows);
    const [row, path] = [take(4 * size.n), take(row_path)];
    rows.push({ index, row, path, tag_paths: draw.sweeps.map(() => take(row_path)) });
  }
  const lanes: OpenedLane[] = [];
  for (const wanted of draw.lanes) {
    const lane = word();
    if (lane !== wanted) {
      const reason = `Lane ${lane} is opened, not lane ${wanted}`;
      return proofFailure("openings", "other_lane", reason);
    }
    lanes.push({ lane, leaf: take(LEAF_BYTES), path: take(lane_path) });
  }
  return { ok: true, openings: { rows, lanes } };
}

/** Null if the header and the length are those of this challenge and draw. */
function headerFault(size: ProofSize, draw: Draw, answer: Uint8Array): ProofFailure | null {
  const refuse = (code: string, reason: string) => proofFailure("openings", code, reason);
  if (answer.length < HEADER_BYTES) return refuse("truncated", "The answer ends within its header");
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  const word = (i: number) => view.getUint32(4 * i, true);
  const counts = {
    rows: draw.rows.length,
    lanes: draw.lanes.length,
    sweeps: draw.sweeps.length,
  };
  const opened = { rows: word(1), lanes: word(5), sweeps: word(4) };
  for (const kind of ["rows", "lanes", "sweeps"] as const) {
    if (opened[kind] === counts[kind]) continue;
    return refuse("wrong_count", `The answer opens ${opened[kind]} ${kind}, not ${counts[kind]}`);
  }
  if (headerOf(size, counts).some((value, i) => value !== word(i))) {
    return refuse("malformed", "The answer's header is not that of this challenge");
  }
  const expected_bytes = answerBytes(size, counts);
  const lengths = `${answer.length} bytes, not ${expected_bytes}`;
  if (answer.length < expected_bytes) return refuse("truncated", `The answer has ${lengths}`);
  if (answer.length > expected_bytes) return refuse("oversized", `The answer has ${lengths}`);
  return null;
}

function otherRow(index: number, wanted: number, before: readonly Opening[]): ProofFailure {
  if (before.some((opening) => opening.index === index)) {
    return proofFailure("openings", "duplicate_row", `Row ${index} is opened twice`);
  }
  return proofFailure("openings", "other_row", `Row ${index} is opened, not row ${wanted}`);
}
