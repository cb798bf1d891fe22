import { SHA256_BYTES } from "../base/hash.ts";
import { BLOCK_WORDS, keyWords } from "../proof/chacha8.ts";
import { STREAM_A, STREAM_B } from "../proof/freivalds.ts";
import { depthOf, levelOffset } from "../proof/merkle.ts";
import type { Opening } from "../proof/openings.ts";
import type { MatrixSize } from "../proof/profiles.ts";
import { BufferScope, readBack } from "./buffers.ts";
import { SHA256_ROUND_KEYS } from "./sha256_round_keys.ts";
import { encodeKeystream } from "./keystream.ts";
import { dispatch, lineGroups, type ProofKernels } from "./kernels.ts";

/** Bytes in a word of a matrix. */
const WORD_BYTES = 4;
/** First words of the hashed messages, as in `proof/merkle.ts`. */
const LEAF_PREFIX = 0, NODE_PREFIX = 1;

/**
 * One product on one device: C in slices of rows that stay on the GPU, and the flat Merkle tree over
 * them (the layout of `proof/merkle.ts`). `destroy` frees everything.
 */
export class ProofRun {
  readonly #device: GPUDevice;
  readonly #kernels: ProofKernels;
  readonly #size: MatrixSize;
  readonly #key: Uint32Array;
  readonly #slice_rows: number;
  /** What lives until `destroy`: C and the tree. */
  readonly #results: BufferScope;
  /** What `commit` needs besides, and frees when it is done. */
  readonly #inputs: BufferScope;
  readonly #roundKeys: GPUBuffer;
  readonly #slices: GPUBuffer[] = [];
  readonly #tree: GPUBuffer;

  constructor(device: GPUDevice, kernels: ProofKernels, size: MatrixSize, seed: Uint8Array) {
    this.#device = device;
    this.#kernels = kernels;
    this.#size = size;
    this.#key = keyWords(seed);
    this.#slice_rows = Math.min(size.m, kernels.matrix.slice_rows);
    this.#results = new BufferScope(device);
    this.#inputs = new BufferScope(device);
    this.#roundKeys = this.#inputs.uniform(SHA256_ROUND_KEYS);
    this.#tree = this.#results.storage((2 * size.m - 1) * SHA256_BYTES);
  }

  /** Computes C and its tree, and returns the root: 32 bytes. */
  async commit(): Promise<Uint8Array<ArrayBuffer>> {
    try {
      this.#multiply();
      this.#buildTree();
      const root = this.#inputs.readback(SHA256_BYTES);
      const last = levelOffset(this.#size.m, depthOf(this.#size.m)) * SHA256_BYTES;
      this.#submit((encoder) =>
        encoder.copyBufferToBuffer(this.#tree, last, root, 0, SHA256_BYTES)
      );
      return await readBack(root);
    } finally {
      this.#inputs.destroy();
    }
  }

  /** The rows of C at these indices with their Merkle paths. */
  async read(indices: readonly number[]): Promise<Opening[]> {
    const { m, n } = this.#size;
    const row_bytes = n * WORD_BYTES;
    const opening_bytes = row_bytes + depthOf(m) * SHA256_BYTES;
    const staging = new BufferScope(this.#device);
    try {
      const target = staging.readback(indices.length * opening_bytes);
      this.#submit((encoder) => {
        indices.forEach((index, i) => this.#copyOpening(encoder, index, target, i * opening_bytes));
      });
      const bytes = await readBack(target);
      return indices.map((index, i) => {
        const opening = bytes.subarray(i * opening_bytes, (i + 1) * opening_bytes);
        return { index, row: opening.subarray(0, row_bytes), path: opening.subarray(row_bytes) };
      });
    } finally {
      staging.destroy();
    }
  }

  /** Frees all of it. */
  destroy(): void {
    this.#inputs.destroy();
    this.#results.destroy();
  }

  /** C, slice by slice, and the hash of each of its rows. */
  #multiply(): void {
    const { m, k, n } = this.#size;
    const { matrix } = this.#kernels;
    const slice_rows = this.#slice_rows;
    const a = this.#inputs.storage(slice_rows * k * WORD_BYTES);
    const b = this.#inputs.storage(k * n * WORD_BYTES);
    const shape = this.#inputs.uniform([k, n]);
    this.#submit((encoder) => this.#fill(encoder, b, STREAM_B, 0, k * n));
    for (let row = 0; row < m; row += slice_rows) {
      const c = this.#results.storage(slice_rows * n * WORD_BYTES);
      this.#slices.push(c);
      const groups = [n / matrix.columns, slice_rows / matrix.rows] as const;
      this.#submit((encoder) => {
        this.#fill(encoder, a, STREAM_A, row * k, slice_rows * k);
        dispatch(this.#device, encoder, matrix.pipeline, { 0: shape, 1: a, 2: b, 3: c }, groups);
        this.#hash(encoder, c, [slice_rows, n, 0, row, LEAF_PREFIX]);
      });
    }
  }

  /** The levels above the leaves, one dispatch each. */
  #buildTree(): void {
    const { m } = this.#size;
    const unused = this.#inputs.storage(SHA256_BYTES);
    this.#submit((encoder) => {
      for (let level = 1; level <= depthOf(m); level++) {
        const pairs = m / 2 ** level;
        const below = levelOffset(m, level - 1) * (SHA256_BYTES / 16);
        const above = levelOffset(m, level);
        this.#hash(encoder, unused, [pairs, BLOCK_WORDS, below, above, NODE_PREFIX]);
      }
    });
  }

  /** Keystream words `first_word`… of a stream into the start of a buffer. */
  #fill(
    encoder: GPUCommandEncoder,
    buffer: GPUBuffer,
    stream: number,
    first_word: number,
    words: number,
  ): void {
    const range = { key: this.#key, stream, first_word, words };
    const { keystream } = this.#kernels;
    encodeKeystream(this.#device, encoder, keystream, this.#inputs, buffer, range);
  }

  /** Hashes of rows into the tree; `params` are those of `sha256.wgsl`. */
  #hash(
    encoder: GPUCommandEncoder,
    matrix: GPUBuffer,
    params: [rows: number, row_words: number, start: number, output: number, prefix: number],
  ): void {
    const bindings = {
      0: this.#inputs.uniform(params),
      1: this.#tree,
      2: matrix,
      3: this.#roundKeys,
    };
    dispatch(this.#device, encoder, this.#kernels.sha256, bindings, [lineGroups(params[0])]);
  }

  /** A row and its path, leaf level first, to `offset` of the target. */
  #copyOpening(
    encoder: GPUCommandEncoder,
    index: number,
    target: GPUBuffer,
    offset: number,
  ): void {
    const { m, n } = this.#size;
    const row_bytes = n * WORD_BYTES;
    const slice = this.#slices[Math.floor(index / this.#slice_rows)];
    if (slice === undefined) throw new RangeError(`the proof has no row ${index}`);
    const from = (index % this.#slice_rows) * row_bytes;
    encoder.copyBufferToBuffer(slice, from, target, offset, row_bytes);
    for (let level = 0; level < depthOf(m); level++) {
      const sibling = (levelOffset(m, level) + ((index >> level) ^ 1)) * SHA256_BYTES;
      const to = offset + row_bytes + level * SHA256_BYTES;
      encoder.copyBufferToBuffer(this.#tree, sibling, target, to, SHA256_BYTES);
    }
  }

  #submit(encode: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.#device.createCommandEncoder();
    encode(encoder);
    this.#device.queue.submit([encoder.finish()]);
  }
}
