import { fillKeystream, keyWords } from "../../src/proof/chacha8.ts";
import { chainWord } from "../../src/proof/chain.ts";
import type { Draw } from "../../src/proof/draw.ts";
import { STREAM_A, STREAM_B } from "../../src/proof/freivalds.ts";
import { leafHash, merkleLevels, pathOf, rootOf } from "../../src/proof/merkle.ts";
import { encodeOpenings } from "../../src/proof/openings.ts";
import {
  LANES_PER_LEAF,
  type MatrixSize,
  type ProofSize,
  TAG_WORDS,
} from "../../src/proof/size.ts";
import { rowTag } from "../../src/proof/sweep.ts";

/** Words of a stream, read at once. */
export function words(seed: Uint8Array, stream: number, count: number): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(count);
  fillKeystream(keyWords(seed), stream, 0, out);
  return out;
}

/** C = A·B mod 2³² of a seed's matrices. */
export function referenceProduct(seed: Uint8Array, size: MatrixSize): Uint32Array<ArrayBuffer> {
  const a = words(seed, STREAM_A, size.m * size.k);
  return multiply(a, words(seed, STREAM_B, size.k * size.n), size);
}

/** A·B mod 2³² by the definition. */
export function multiply(
  a: Uint32Array,
  b: Uint32Array,
  { m, k, n }: MatrixSize,
): Uint32Array<ArrayBuffer> {
  const c = new Uint32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < k; j++) {
      const factor = a[i * k + j]!;
      for (let l = 0; l < n; l++) c[i * n + l]! += Math.imul(factor, b[j * n + l]!);
    }
  }
  return c;
}

/** The levels of a Merkle tree, the leaves first. */
type Levels = Uint8Array[][];

/**
 * A prover in plain JavaScript: it commits to a product, right or wrong, and answers as a GPU does.
 * A forger overrides the part that it forges.
 */
export class ReferenceProver {
  readonly size: ProofSize;
  protected readonly product: Uint32Array<ArrayBuffer>;
  readonly #rows: Uint8Array[];
  readonly #matrix: Levels;
  #chain: Uint8Array[] = [];
  #chainLevels: Levels = [];
  #sweeps: Levels[] = [];

  constructor(size: ProofSize, product: Uint32Array<ArrayBuffer>) {
    this.size = size;
    this.product = product;
    const row_bytes = 4 * size.n;
    this.#rows = Array.from(
      { length: size.m },
      (_, i) => new Uint8Array(product.buffer, i * row_bytes, row_bytes),
    );
    this.#matrix = merkleLevels(this.#rows.map(leafHash));
  }

  /** One that multiplies as it should. */
  static honest(seed: Uint8Array, size: ProofSize): ReferenceProver {
    return new ReferenceProver(size, referenceProduct(seed, size));
  }

  /** The root over the rows of C. */
  matrix(): Uint8Array {
    return rootOf(this.#matrix);
  }

  /** Runs the chain under its key, and gives its root. */
  chain(key: Uint8Array): Uint8Array {
    const { lanes } = this.size;
    const keys = keyWords(key);
    const out = Uint32Array.from({ length: lanes }, (_, lane) => this.lane(keys, lane));
    const leaf_bytes = 4 * LANES_PER_LEAF;
    this.#chain = Array.from(
      { length: lanes / LANES_PER_LEAF },
      (_, i) => new Uint8Array(out.buffer, i * leaf_bytes, leaf_bytes),
    );
    this.#chainLevels = merkleLevels(this.#chain.map(leafHash));
    return rootOf(this.#chainLevels);
  }

  /** Sweeps over the rows, and gives the root of each pass. */
  sweep(key: Uint8Array): Uint8Array[] {
    this.#sweeps = [];
    const roots: Uint8Array[] = [];
    for (let sweep = 0; sweep < this.size.sweeps; sweep++) {
      const keys = keyWords(roots.at(-1) ?? key);
      const leaves = this.#rows.map((_, index) => leafHash(this.tag(keys, index, sweep)));
      const levels = merkleLevels(leaves);
      this.#sweeps.push(levels);
      roots.push(rootOf(levels));
    }
    return roots;
  }

  /** The answer that opens what was drawn. */
  open(draw: Draw): Uint8Array<ArrayBuffer> {
    return encodeOpenings(this.size, {
      rows: draw.rows.map((index) => ({
        index,
        row: this.#rows[index]!,
        path: pathOf(this.#matrix, index),
        tag_paths: draw.sweeps.map((sweep) => pathOf(this.#sweeps[sweep]!, index)),
      })),
      lanes: draw.lanes.map((lane) => {
        const leaf = Math.floor(lane / LANES_PER_LEAF);
        return { lane, leaf: this.#chain[leaf]!, path: pathOf(this.#chainLevels, leaf) };
      }),
    });
  }

  /** The word of one lane of the chain. */
  protected lane(key: Uint32Array, lane: number): number {
    return chainWord(key, lane, this.size.steps);
  }

  /** The tag of a row in a sweep. */
  protected tag(key: Uint32Array, index: number, _sweep: number): Uint8Array {
    const { n } = this.size;
    const tag = new Uint32Array(TAG_WORDS);
    rowTag(key, this.product.subarray(index * n, (index + 1) * n), tag);
    return new Uint8Array(tag.buffer);
  }
}
