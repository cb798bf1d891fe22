import { SHA256_BYTES } from "../base/hash.ts";
import { depthOf } from "../proof/merkle.ts";
import type { BufferScope } from "./buffers.ts";
import { lineGrid, prepare, type PreparedDispatch, type ProofKernels } from "./kernels.ts";

/** First words of the hashed messages, as in `proof/merkle.ts`. */
const LEAF_PREFIX = 0, NODE_PREFIX = 1;
/** A hash's vectors of four words. */
const HASH_VECTORS = SHA256_BYTES / 16;
/** Words of two hashes: what a node hashes. */
const NODE_WORDS = 2 * SHA256_BYTES / 4;

/** What a tree is made with: its kernels, and the buffer of SHA-256's round constants. */
export interface HashTools {
  readonly device: GPUDevice;
  readonly kernels: ProofKernels;
  readonly round_keys: GPUBuffer;
}

/** Rows to hash: where they lie, their words, and which leaves they are. */
export interface LeafRows {
  readonly rows: GPUBuffer;
  readonly row_words: number;
  readonly first_leaf: number;
  readonly count: number;
}

/** Where each level of a tree starts, in hashes, the leaves first; then the number of all hashes. */
export function levelStarts(leaves: number): number[] {
  const starts = [0];
  for (let level = 0; level <= depthOf(leaves); level++) {
    const nodes = Math.ceil(leaves / 2 ** level);
    // A level of an odd number has one place more: that of an absent node, which stays zero.
    starts.push(starts[level]! + nodes + nodes % 2);
  }
  return starts;
}

/** Bytes of a tree's buffer. */
export function treeBytes(leaves: number): number {
  return levelStarts(leaves).at(-1)! * SHA256_BYTES;
}

/**
 * A Merkle tree (the one of `proof/merkle.ts`) in a buffer, level by level. It can be computed again
 * over other leaves: what is absent is never written, and a new buffer is zero.
 */
export class HashTree {
  readonly leaves: number;
  readonly buffer: GPUBuffer;
  /** Where the root lies, in bytes. */
  readonly root_offset: number;
  readonly #tools: HashTools;
  readonly #scope: BufferScope;
  readonly #starts: readonly number[];

  constructor(tools: HashTools, scope: BufferScope, leaves: number) {
    this.leaves = leaves;
    this.#tools = tools;
    this.#scope = scope;
    this.#starts = levelStarts(leaves);
    this.buffer = scope.storage(treeBytes(leaves));
    this.root_offset = this.#starts[depthOf(leaves)]! * SHA256_BYTES;
  }

  /** The hashing of some rows into leaves. */
  hashLeaves({ rows, row_words, first_leaf, count }: LeafRows): PreparedDispatch {
    return this.#hash(rows, [count, row_words, 0, first_leaf, LEAF_PREFIX]);
  }

  /** The hashing of all levels above the leaves. */
  hashNodes(): PreparedDispatch[] {
    // The kernel reads nodes from the tree; what it would read rows from must be bound all the same.
    const unused = this.#scope.storage(SHA256_BYTES);
    return Array.from({ length: depthOf(this.leaves) }, (_, below) => {
      const count = Math.ceil(this.leaves / 2 ** (below + 1));
      const input_start = this.#starts[below]! * HASH_VECTORS;
      const output_start = this.#starts[below + 1]!;
      return this.#hash(unused, [count, NODE_WORDS, input_start, output_start, NODE_PREFIX]);
    });
  }

  /** Where the siblings of a leaf's path lie, leaf level first, in hashes. */
  siblings(leaf: number): number[] {
    return Array.from(
      { length: depthOf(this.leaves) },
      (_, level) => this.#starts[level]! + (Math.floor(leaf / 2 ** level) ^ 1),
    );
  }

  #hash(
    rows: GPUBuffer,
    params: [rows: number, row_words: number, start: number, output: number, prefix: number],
  ): PreparedDispatch {
    const { device, kernels: { sha256 }, round_keys } = this.#tools;
    const bindings = { 0: this.#scope.uniform(params), 1: this.buffer, 2: rows, 3: round_keys };
    return prepare(device, sha256.pipeline, bindings, lineGrid(params[0], sha256.per_group));
  }
}
