import { BufferScope, readBack } from "../../../src/gpu/buffers.ts";
import { type Gpu, guarded } from "../../../src/gpu/device.ts";
import { type HashTools, HashTree } from "../../../src/gpu/hash_tree.ts";
import {
  compileProofKernels,
  dispatch,
  encodePass,
  lineGrid,
  prepare,
  type ProofKernels,
  submit,
} from "../../../src/gpu/kernels.ts";
import { encodeKeystream } from "../../../src/gpu/keystream.ts";
import { SHA256_ROUND_KEYS } from "../../../src/gpu/sha256_round_keys.ts";
import { keyWords } from "../../../src/proof/chacha8.ts";
import { STREAM_A, STREAM_B } from "../../../src/proof/freivalds.ts";
import { type ProofSize, TAG_WORDS } from "../../../src/proof/size.ts";

const WORD_BYTES = 4;
const HASH_BYTES = 32;
/** Rows that are made again at a time. */
const SLICE_ROWS = 256;

/** The kernels of the honest prover, which serve the attacker as well. */
export function stolenKernels(gpu: Gpu): Promise<ProofKernels> {
  return guarded(gpu, () => compileProofKernels(gpu));
}

/**
 * A card that claims twice the memory that it has. It keeps the first half of C's rows and makes each
 * of the others again for every sweep: with its own kernels, and no slower than it can.
 */
export class HalfStore {
  readonly #gpu: Gpu;
  readonly #tools: HashTools;
  readonly #size: ProofSize;
  readonly #scope: BufferScope;
  readonly #tree: HashTree;
  readonly #seed: Uint32Array;
  /** The rows that are kept. */
  readonly #kept: GPUBuffer;
  /** The rows that are made again. */
  readonly #slice: GPUBuffer;
  readonly #a: GPUBuffer;
  readonly #b: GPUBuffer;
  readonly #shape: GPUBuffer;
  readonly #key: GPUBuffer;
  readonly #tags: GPUBuffer;

  constructor(gpu: Gpu, kernels: ProofKernels, seed: Uint8Array, size: ProofSize) {
    const { m, k, n } = size;
    const scope = this.#scope = new BufferScope(gpu.device);
    this.#gpu = gpu;
    this.#size = size;
    this.#seed = keyWords(seed);
    this.#tools = { device: gpu.device, kernels, round_keys: scope.uniform(SHA256_ROUND_KEYS) };
    this.#tree = new HashTree(this.#tools, scope, m);
    this.#kept = scope.storage(m / 2 * n * WORD_BYTES);
    this.#slice = scope.storage(SLICE_ROWS * n * WORD_BYTES);
    this.#a = scope.storage(SLICE_ROWS * k * WORD_BYTES);
    this.#b = scope.storage(k * n * WORD_BYTES);
    this.#shape = scope.uniform([k, n]);
    this.#key = scope.uniform(new Uint32Array(HASH_BYTES / WORD_BYTES));
    this.#tags = scope.storage(SLICE_ROWS * TAG_WORDS * WORD_BYTES);
  }

  /** The root over all rows; half of them are then forgotten. */
  matrix(): Promise<Uint8Array> {
    return guarded(this.#gpu, () => {
      this.#keystream(this.#b, STREAM_B, 0);
      for (let row = 0; row < this.#size.m; row += SLICE_ROWS) {
        this.#makeRows(row);
        this.#hash(this.#slice, this.#size.n, row);
        if (row < this.#size.m / 2) this.#keep(row);
      }
      return this.#root();
    });
  }

  /** The roots of all sweeps, the first under this key. */
  async sweep(key: Uint8Array): Promise<Uint8Array[]> {
    const roots: Uint8Array[] = [];
    while (roots.length < this.#size.sweeps) {
      const next = new Uint8Array(roots.at(-1) ?? key);
      roots.push(await guarded(this.#gpu, () => this.#sweepOnce(next)));
    }
    return roots;
  }

  dispose(): void {
    this.#scope.destroy();
  }

  #sweepOnce(key: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const { m, n } = this.#size;
    this.#gpu.device.queue.writeBuffer(this.#key, 0, key);
    for (let row = 0; row < m; row += SLICE_ROWS) {
      const isKept = row < m / 2;
      if (!isKept) this.#makeRows(row);
      const offset = isKept ? row * n * WORD_BYTES : 0;
      this.#tag(isKept ? this.#kept : this.#slice, offset);
      this.#hash(this.#tags, TAG_WORDS, row);
    }
    return this.#root();
  }

  /** Multiplies some rows into the slice. */
  #makeRows(first_row: number): void {
    const { device, kernels: { matrix } } = this.#tools;
    this.#keystream(this.#a, STREAM_A, first_row * this.#size.k);
    const bindings = { 0: this.#shape, 1: this.#a, 2: this.#b, 3: this.#slice };
    const groups = [this.#size.n / matrix.columns, SLICE_ROWS / matrix.rows] as const;
    submit(device, (encoder) => dispatch(device, encoder, matrix.pipeline, bindings, groups));
  }

  #keystream(into: GPUBuffer, stream: number, first_word: number): void {
    const { device, kernels: { keystream } } = this.#tools;
    const range = { key: this.#seed, stream, first_word, words: into.size / WORD_BYTES };
    submit(
      device,
      (encoder) => encodeKeystream(device, encoder, keystream, this.#scope, into, range),
    );
  }

  #keep(row: number): void {
    const { size } = this.#slice;
    const to = row * this.#size.n * WORD_BYTES;
    submit(
      this.#gpu.device,
      (encoder) => encoder.copyBufferToBuffer(this.#slice, 0, this.#kept, to, size),
    );
  }

  #tag(rows: GPUBuffer, offset: number): void {
    const { device, kernels: { sweep } } = this.#tools;
    const params = this.#scope.uniform([SLICE_ROWS, this.#size.n / 4]);
    const matrix = { buffer: rows, offset, size: this.#slice.size };
    const bindings = { 0: params, 1: this.#key, 2: matrix, 3: this.#tags };
    const grid = lineGrid(SLICE_ROWS, sweep.per_group);
    const prepared = prepare(device, sweep.pipeline, bindings, grid);
    submit(device, (encoder) => encodePass(encoder, [prepared]));
  }

  #hash(rows: GPUBuffer, row_words: number, first_leaf: number): void {
    const leaves = this.#tree.hashLeaves({ rows, row_words, first_leaf, count: SLICE_ROWS });
    submit(this.#gpu.device, (encoder) => encodePass(encoder, [leaves]));
  }

  #root(): Promise<Uint8Array> {
    const target = this.#scope.readback(HASH_BYTES);
    const { buffer, root_offset } = this.#tree;
    submit(this.#gpu.device, (encoder) => {
      encodePass(encoder, this.#tree.hashNodes());
      encoder.copyBufferToBuffer(buffer, root_offset, target, 0, HASH_BYTES);
    });
    return readBack(target);
  }
}
