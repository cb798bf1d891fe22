import { fillKeystream, keyWords } from "./chacha8.ts";

import type { MatrixSize } from "./size.ts";
import type { FillRandom } from "./random.ts";

/** Keystream stream numbers of the two matrices, row by row in each. */
export const STREAM_A = 0;
export const STREAM_B = 1;

/** Random 0/1 vectors ρ per check: a false row passes all of them with probability 2⁻¹⁶. */
export const VECTORS = 16;
/** Vectors handled together: one bit of a byte each. */
const VECTORS_PER_BYTE = 8;
const BUCKETS = 2 ** VECTORS_PER_BYTE;

/**
 * The first opening whose row is not the row of A·B mod 2³², or undefined: Freivalds' check from the
 * right, A[i,:]·(B·ρ) = C[i,:]·ρ. With 0/1 vectors it errs with probability ≤ 1/2 a vector over any
 * ring, so no better ones are needed mod 2³²; and a projection needs additions only: column j's 16
 * bits name a bucket for each byte, each word is added to two buckets, and the buckets are folded
 * once a row. From the left, as 16 combinations of the rows, it would cost 16 multiplications a word.
 * B is streamed, so memory is k·16 words and a few rows.
 */
export function firstFalseRow<T extends { readonly index: number; readonly row: Uint8Array }>(
  seed: Uint8Array,
  size: MatrixSize,
  openings: readonly T[],
  random: FillRandom,
): T | undefined {
  const key = keyWords(seed);
  const projector = new Projector(size.n, random);
  const projected = new Uint32Array(size.k * VECTORS);
  const rowOfB = new Uint32Array(size.n);
  for (let j = 0; j < size.k; j++) {
    fillKeystream(key, STREAM_B, j * size.n, rowOfB);
    projector.project(rowOfB, projected, j * VECTORS);
  }
  const rowOfA = new Uint32Array(size.k);
  const rowOfC = new Uint32Array(size.n);
  const actual = new Uint32Array(VECTORS);
  const expected = new Uint32Array(VECTORS);
  return openings.find(({ index, row }) => {
    new Uint8Array(rowOfC.buffer).set(row);
    projector.project(rowOfC, actual, 0);
    fillKeystream(key, STREAM_A, index * size.k, rowOfA);
    multiplyRow(rowOfA, projected, expected);
    return expected.some((sum, v) => sum !== actual[v]);
  });
}

/** out = row · matrix mod 2³², the matrix having VECTORS columns. */
function multiplyRow(row: Uint32Array, matrix: Uint32Array, out: Uint32Array): void {
  out.fill(0);
  for (let j = 0; j < row.length; j++) {
    const a = row[j]!;
    const base = j * VECTORS;
    for (let v = 0; v < VECTORS; v++) out[v] = out[v]! + Math.imul(a, matrix[base + v]!);
  }
}

/** Multiplies rows by one fixed n × 16 matrix of random bits. */
class Projector {
  readonly #low: Uint8Array;
  readonly #high: Uint8Array;
  readonly #lowBuckets = new Uint32Array(BUCKETS);
  readonly #highBuckets = new Uint32Array(BUCKETS);

  constructor(n: number, random: FillRandom) {
    const bits = new Uint8Array(2 * n);
    random(bits);
    this.#low = bits.subarray(0, n);
    this.#high = bits.subarray(n);
  }

  /** Writes the 16 sums of the row's words, each over the columns whose bit is set, at `offset`. */
  project(row: Uint32Array, out: Uint32Array, offset: number): void {
    const low = this.#low, high = this.#high;
    const lowBuckets = this.#lowBuckets, highBuckets = this.#highBuckets;
    lowBuckets.fill(0);
    highBuckets.fill(0);
    for (let i = 0; i < row.length; i++) {
      const word = row[i]!;
      lowBuckets[low[i]!] = lowBuckets[low[i]!]! + word;
      highBuckets[high[i]!] = highBuckets[high[i]!]! + word;
    }
    foldBuckets(lowBuckets, out, offset);
    foldBuckets(highBuckets, out, offset + VECTORS_PER_BYTE);
  }
}

/** out[offset + v] = the sum of the buckets whose number has bit v set; uses the buckets up. */
function foldBuckets(buckets: Uint32Array, out: Uint32Array, offset: number): void {
  for (let v = VECTORS_PER_BYTE - 1; v >= 0; v--) {
    const half = 1 << v;
    let sum = 0;
    for (let i = 0; i < half; i++) {
      const upper = buckets[half + i]!;
      sum = (sum + upper) | 0;
      buckets[i] = buckets[i]! + upper;
    }
    out[offset + v] = sum;
  }
}
