import { fillKeystream, keyWords } from "../../../src/proof/chacha8.ts";
import { chainLeaves, chainWord } from "../../../src/proof/chain.ts";
import type { Draw } from "../../../src/proof/draw.ts";
import { STREAM_A, STREAM_B } from "../../../src/proof/freivalds.ts";
import { leafHash } from "../../../src/proof/merkle.ts";
import { encodeOpenings } from "../../../src/proof/openings.ts";
import {
  LANES_PER_LEAF,
  type MatrixSize,
  type ProofSize,
  TAG_WORDS,
} from "../../../src/proof/size.ts";
import { rowTag } from "../../../src/proof/sweep.ts";
import type { Proving } from "./attacker.ts";
import { SparseTree } from "./sparse_tree.ts";

/** The first rows of C, computed on a CPU: B is streamed once for all of them. */
export function firstRows(seed: Uint8Array, { k, n }: MatrixSize, count: number): Uint32Array[] {
  const key = keyWords(seed);
  const rowsOfA = Array.from({ length: count }, (_, i) => {
    const row = new Uint32Array(k);
    fillKeystream(key, STREAM_A, i * k, row);
    return row;
  });
  const rows = rowsOfA.map(() => new Uint32Array(n));
  const rowOfB = new Uint32Array(n);
  for (let j = 0; j < k; j++) {
    fillKeystream(key, STREAM_B, j * n, rowOfB);
    rows.forEach((row, i) => addScaled(row, rowsOfA[i]![j]!, rowOfB));
  }
  return rows;
}

function addScaled(sum: Uint32Array, scale: number, row: Uint32Array): void {
  for (let i = 0; i < row.length; i++) sum[i] = (sum[i]! + Math.imul(scale, row[i]!)) | 0;
}

const bytesOf = (words: Uint32Array<ArrayBuffer>) => new Uint8Array(words.buffer);

/**
 * A prover on a CPU that has a GPU's challenge to answer: it computes as many rows and leaves of the
 * chain as it has time for, and commits to zeros for the rest, so that it is never late.
 */
export class CpuPoser implements Proving {
  readonly #size: ProofSize;
  readonly #rows: Uint32Array<ArrayBuffer>[];
  readonly #zeros: Uint32Array<ArrayBuffer>;
  readonly #matrix: SparseTree;
  readonly #leaves: Uint8Array[] = [];
  #chain: SparseTree | undefined;
  readonly #sweeps: SparseTree[] = [];

  constructor(seed: Uint8Array, size: ProofSize, readonly computed: number) {
    this.#size = size;
    this.#rows = firstRows(seed, size, computed).map((row) => new Uint32Array(row));
    this.#zeros = new Uint32Array(size.n);
    const hash = (row: Uint32Array<ArrayBuffer>) => leafHash(bytesOf(row));
    const others = new Map(this.#rows.map((row, i) => [i, hash(row)]));
    this.#matrix = new SparseTree(size.m, hash(this.#zeros), others);
  }

  matrix(): Uint8Array {
    return this.#matrix.root();
  }

  chain(key: Uint8Array): Uint8Array {
    const keys = keyWords(key);
    for (let leaf = 0; leaf < this.computed; leaf++) {
      const lanes = Uint32Array.from(
        { length: LANES_PER_LEAF },
        (_, i) => chainWord(keys, leaf * LANES_PER_LEAF + i, this.#size.steps),
      );
      this.#leaves.push(bytesOf(lanes));
    }
    const others = new Map(this.#leaves.map((leaf, i) => [i, leafHash(leaf)]));
    const nothing = leafHash(new Uint8Array(4 * LANES_PER_LEAF));
    this.#chain = new SparseTree(chainLeaves(this.#size), nothing, others);
    return this.#chain.root();
  }

  sweep(key: Uint8Array): Uint8Array[] {
    const roots: Uint8Array[] = [];
    while (roots.length < this.#size.sweeps) {
      const keys = keyWords(roots.at(-1) ?? key);
      const tag = (row: Uint32Array) => {
        const words = new Uint32Array(TAG_WORDS);
        rowTag(keys, row, words);
        return leafHash(bytesOf(words));
      };
      const others = new Map(this.#rows.map((row, i) => [i, tag(row)]));
      const tree = new SparseTree(this.#size.m, tag(this.#zeros), others);
      this.#sweeps.push(tree);
      roots.push(tree.root());
    }
    return roots;
  }

  open(draw: Draw): Uint8Array<ArrayBuffer> {
    return encodeOpenings(this.#size, {
      rows: draw.rows.map((index) => ({
        index,
        row: bytesOf(this.#rows[index] ?? this.#zeros),
        path: this.#matrix.path(index),
        tag_paths: draw.sweeps.map((sweep) => this.#sweeps[sweep]!.path(index)),
      })),
      lanes: draw.lanes.map((lane) => {
        const leaf = Math.floor(lane / LANES_PER_LEAF);
        const words = this.#leaves[leaf] ?? new Uint8Array(4 * LANES_PER_LEAF);
        return { lane, leaf: words, path: this.#chain!.path(leaf) };
      }),
    });
  }
}
