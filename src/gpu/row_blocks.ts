import type { MatrixSize } from "../proof/size.ts";
import type { BufferScope } from "./buffers.ts";

const WORD_BYTES = 4;

/** Some rows of C, next to each other in a buffer of their own. */
export interface RowBlock {
  readonly buffer: GPUBuffer;
  readonly first_row: number;
  readonly rows: number;
}

/** C on the GPU: in blocks that a kernel can bind, each of the same power of two of rows but the last. */
export class RowBlocks {
  readonly row_bytes: number;
  readonly blocks: readonly RowBlock[];
  readonly #block_rows: number;

  constructor(scope: BufferScope, size: MatrixSize, block_bytes: number) {
    this.row_bytes = size.n * WORD_BYTES;
    this.#block_rows = blockRows(size, block_bytes);
    this.blocks = Array.from({ length: Math.ceil(size.m / this.#block_rows) }, (_, i) => {
      const first_row = i * this.#block_rows;
      const rows = Math.min(this.#block_rows, size.m - first_row);
      return { buffer: scope.storage(rows * this.row_bytes), first_row, rows };
    });
  }

  /** The block that holds a row, and where in it, in bytes. */
  locate(row: number): { buffer: GPUBuffer; offset: number } {
    const block = this.blocks[Math.floor(row / this.#block_rows)];
    if (block === undefined || row >= block.first_row + block.rows) {
      throw new RangeError(`the proof has no row ${row}`);
    }
    return { buffer: block.buffer, offset: (row - block.first_row) * this.row_bytes };
  }
}

/** Rows of a full block: the largest power of two whose bytes a binding holds, and at most all. */
export function blockRows({ m, n }: MatrixSize, block_bytes: number): number {
  return Math.min(m, 2 ** Math.floor(Math.log2(block_bytes / (n * WORD_BYTES))));
}
