import { SHA256_BYTES } from "../base/hash.ts";
import { type MatrixSize, TAG_WORDS } from "../proof/size.ts";
import type { BufferScope } from "./buffers.ts";
import type { HashTools, HashTree } from "./hash_tree.ts";
import { encodePass, lineGrid, prepare, type PreparedDispatch, submit } from "./kernels.ts";
import type { RowBlock, RowBlocks } from "./row_blocks.ts";

const WORD_BYTES = 4;
const QUAD = 4;
/** Rows whose tags are made at once and then hashed: they fill any GPU, and take 16 MiB. */
const BATCH_ROWS = 2 ** 16;

/**
 * The sweeps over C on the GPU. The keys are a list in a buffer: the first is given, and each sweep
 * leaves its root as the next one's, so nothing goes to the CPU in between.
 */
export class SweepStage {
  readonly #tools: HashTools;
  readonly #tree: HashTree;
  /** The key of the sweep that runs. */
  readonly #key: GPUBuffer;
  /** `sweeps` + 1 of them: the first key, then the root of each sweep. */
  readonly #keys: GPUBuffer;
  readonly #dispatches: readonly PreparedDispatch[];
  readonly #sweeps: number;

  constructor(
    tools: HashTools,
    scope: BufferScope,
    rows: RowBlocks,
    tree: HashTree,
    { n, sweeps }: MatrixSize & { readonly sweeps: number },
  ) {
    this.#tools = tools;
    this.#tree = tree;
    this.#sweeps = sweeps;
    this.#key = scope.uniform(new Uint32Array(SHA256_BYTES / WORD_BYTES));
    this.#keys = scope.storage((sweeps + 1) * SHA256_BYTES);
    const most = Math.max(...rows.blocks.map((block) => block.rows));
    const tags = scope.storage(Math.min(most, BATCH_ROWS) * TAG_WORDS * WORD_BYTES);
    this.#dispatches = [
      ...rows.blocks.flatMap((block) => this.#tagBlock(scope, block, n, tags)),
      ...tree.hashNodes(),
    ];
  }

  /** Submits all sweeps, and the copy of their roots to `target`. */
  submitAll(key: Uint8Array<ArrayBuffer>, target: GPUBuffer): void {
    const { device } = this.#tools;
    device.queue.writeBuffer(this.#keys, 0, key);
    for (let sweep = 0; sweep < this.#sweeps; sweep++) {
      submit(device, (encoder) => {
        this.#encode(encoder, sweep);
        const { buffer, root_offset } = this.#tree;
        const next = (sweep + 1) * SHA256_BYTES;
        encoder.copyBufferToBuffer(buffer, root_offset, this.#keys, next, SHA256_BYTES);
      });
    }
    submit(device, (encoder) => {
      const bytes = this.#sweeps * SHA256_BYTES;
      encoder.copyBufferToBuffer(this.#keys, SHA256_BYTES, target, 0, bytes);
    });
  }

  /** Submits one sweep again: the tree then is the one of that sweep. */
  submitAgain(sweep: number): void {
    submit(this.#tools.device, (encoder) => this.#encode(encoder, sweep));
  }

  #encode(encoder: GPUCommandEncoder, sweep: number): void {
    encoder.copyBufferToBuffer(this.#keys, sweep * SHA256_BYTES, this.#key, 0, SHA256_BYTES);
    encodePass(encoder, this.#dispatches);
  }

  /** The tags of a block, batch by batch, and their hashes. */
  #tagBlock(
    scope: BufferScope,
    block: RowBlock,
    n: number,
    tags: GPUBuffer,
  ): PreparedDispatch[] {
    const { device, kernels: { sweep } } = this.#tools;
    const dispatches: PreparedDispatch[] = [];
    for (let row = 0; row < block.rows; row += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, block.rows - row);
      const row_bytes = n * WORD_BYTES;
      const matrix = { buffer: block.buffer, offset: row * row_bytes, size: count * row_bytes };
      const bindings = { 0: scope.uniform([count, n / QUAD]), 1: this.#key, 2: matrix, 3: tags };
      dispatches.push(
        prepare(device, sweep.pipeline, bindings, lineGrid(count, sweep.per_group)),
        this.#tree.hashLeaves({
          rows: tags,
          row_words: TAG_WORDS,
          first_leaf: block.first_row + row,
          count,
        }),
      );
    }
    return dispatches;
  }
}
