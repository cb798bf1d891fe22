import { BLOCK_WORDS } from "../proof/chacha8.ts";
import type { BufferScope } from "./buffers.ts";
import { dispatch, lineGrid } from "./kernels.ts";

/** Which words of a keystream: whole blocks of 16. */
export interface KeystreamRange {
  readonly key: Uint32Array;
  readonly stream: number;
  readonly first_word: number;
  readonly words: number;
}

/** Encodes the writing of that range to the start of a buffer; its parameters live in `scope`. */
export function encodeKeystream(
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  pipeline: GPUComputePipeline,
  scope: BufferScope,
  buffer: GPUBuffer,
  range: KeystreamRange,
): void {
  const first_block = range.first_word / BLOCK_WORDS;
  const blocks = range.words / BLOCK_WORDS;
  const params = scope.uniform([...range.key, range.stream, first_block, blocks]);
  dispatch(device, encoder, pipeline, { 0: params, 1: buffer }, lineGrid(blocks));
}
