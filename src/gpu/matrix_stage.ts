import { keyWords } from "../proof/chacha8.ts";
import { STREAM_A, STREAM_B } from "../proof/freivalds.ts";
import type { MatrixSize } from "../proof/size.ts";
import { BufferScope } from "./buffers.ts";
import type { HashTools, HashTree } from "./hash_tree.ts";
import { dispatch, encodePass, submit } from "./kernels.ts";
import { encodeKeystream } from "./keystream.ts";
import type { RowBlock, RowBlocks } from "./row_blocks.ts";

const WORD_BYTES = 4;

/**
 * Submits C = A·B of a seed into its blocks, and C's tree. A is made slice by slice of at most
 * `slice_rows` rows. The inputs are in `scope`, which must live until the GPU is done.
 */
export function submitProduct(
  tools: HashTools,
  scope: BufferScope,
  product: {
    readonly seed: Uint8Array;
    readonly size: MatrixSize;
    readonly slice_rows: number;
    readonly rows: RowBlocks;
    readonly tree: HashTree;
  },
): void {
  const { device, kernels: { keystream, matrix } } = tools;
  const { size: { m, k, n }, rows, tree } = product;
  const slice_rows = Math.min(m, product.slice_rows);
  const key = keyWords(product.seed);
  const a = scope.storage(slice_rows * k * WORD_BYTES);
  const b = scope.storage(k * n * WORD_BYTES);
  const shape = scope.uniform([k, n]);
  const fill = (encoder: GPUCommandEncoder, into: GPUBuffer, stream: number, first_word: number) =>
    encodeKeystream(device, encoder, keystream, scope, into, {
      key,
      stream,
      first_word,
      words: into.size / WORD_BYTES,
    });
  submit(device, (encoder) => fill(encoder, b, STREAM_B, 0));
  for (const block of rows.blocks) {
    for (let row = 0; row < block.rows; row += slice_rows) {
      const count = Math.min(slice_rows, block.rows - row);
      const c = part(block, row, count, rows.row_bytes);
      submit(device, (encoder) => {
        fill(encoder, a, STREAM_A, (block.first_row + row) * k);
        const groups = [n / matrix.columns, count / matrix.rows] as const;
        dispatch(device, encoder, matrix.pipeline, { 0: shape, 1: a, 2: b, 3: c }, groups);
      });
    }
    // All rows of a block at once: a row is one invocation's, and a slice has too few for a GPU.
    const leaves = {
      rows: block.buffer,
      row_words: n,
      first_leaf: block.first_row,
      count: block.rows,
    };
    submit(device, (encoder) => encodePass(encoder, [tree.hashLeaves(leaves)]));
  }
  submit(device, (encoder) => encodePass(encoder, tree.hashNodes()));
}

/** Some rows of a block, as what a kernel binds. */
function part({ buffer }: RowBlock, row: number, count: number, row_bytes: number) {
  return { buffer, offset: row * row_bytes, size: count * row_bytes };
}

/** Bytes that the product needs beside C and its tree. */
export function inputBytes({ m, k, n }: MatrixSize, slice_rows: number): number {
  return (Math.min(m, slice_rows) + n) * k * WORD_BYTES;
}

/** Slices that a product is cut into at least, so that one is a small part of what is planned for all. */
const MIN_SLICES = 16;

/**
 * Rows of A to a slice: at most what a binding holds, enough to fill a GPU, few enough that no driver's
 * watchdog takes a slice for a hang, however slow the GPU. A power of two, at least 256.
 */
export function sliceRows(
  { m, k, n }: MatrixSize,
  binding_bytes: number,
  operations: number,
): number {
  const fits = binding_bytes / (k * WORD_BYTES);
  const rows = Math.min(fits, operations / (2 * k * n), m / MIN_SLICES);
  return Math.max(256, 2 ** Math.floor(Math.log2(rows)));
}
