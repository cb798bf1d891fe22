import { checkWhole, MAX_ELIGIBILITY_WORDS, MAX_ROWS } from "./limits.ts";

const WORD_BITS = 32;

/**
 * Which GPUs each filter lets through: a bit for each filter and GPU. GPUs are rows, from the lowest
 * ask to the highest, as `clearRound` takes them. A filter is an "and" of terms, and the terms repeat
 * from filter to filter, so each distinct term is tried on every GPU once and filters only combine
 * their bits: O(terms × GPUs + filters × GPUs ÷ 32). A condition of the order's owner ("not my own
 * GPU") is a term as well.
 */
export class Eligibility {
  readonly gpus: number;
  /** Words in the row of one filter. */
  readonly stride: number;
  readonly #terms: Uint32Array[] = [];
  #rows: Uint32Array;
  #filters = 0;

  /** Throws RangeError for more than MAX_ROWS GPUs. */
  constructor(gpus: number) {
    checkWhole(gpus, "gpus", MAX_ROWS);
    this.gpus = gpus;
    this.stride = Math.ceil(gpus / WORD_BITS);
    this.#rows = new Uint32Array(this.stride);
  }

  get filters(): number {
    return this.#filters;
  }

  /** Bit g & 31 of word filter × stride + (g >>> 5) says whether the filter lets GPU g through. */
  get rows(): Uint32Array {
    return this.#rows;
  }

  /** Tries a term on every GPU; returns the term's number. */
  addTerm(admits: (gpu: number) => boolean): number {
    const bits = new Uint32Array(this.stride);
    for (let gpu = 0; gpu < this.gpus; gpu++) {
      if (admits(gpu)) bits[gpu >>> 5] = bits[gpu >>> 5]! | (1 << (gpu & 31));
    }
    return this.#terms.push(bits) - 1;
  }

  /**
   * Adds a filter that lets through what all its terms do (all GPUs where it has none); returns the
   * filter's number. Throws RangeError for an unknown term or beyond MAX_ELIGIBILITY_WORDS.
   */
  addFilter(terms: readonly number[]): number {
    const start = this.#filters * this.stride;
    this.#reserve(start + this.stride);
    const row = this.#rows.subarray(start, start + this.stride);
    row.fill(0xffffffff);
    if (this.gpus % WORD_BITS !== 0) row[this.stride - 1] = 2 ** (this.gpus % WORD_BITS) - 1;
    for (const term of terms) {
      const bits = this.#terms[term];
      if (bits === undefined) throw new RangeError(`there is no term ${term}`);
      for (let word = 0; word < row.length; word++) row[word] = row[word]! & bits[word]!;
    }
    return this.#filters++;
  }

  #reserve(words: number): void {
    if (words <= this.#rows.length) return;
    if (words > MAX_ELIGIBILITY_WORDS) {
      throw new RangeError(`filters × GPUs are more than ${MAX_ELIGIBILITY_WORDS} words`);
    }
    const grown = new Uint32Array(Math.min(MAX_ELIGIBILITY_WORDS, 2 * words));
    grown.set(this.#rows);
    this.#rows = grown;
  }
}
