import { SHA256_BYTES } from "../base/hash.ts";
import { chainLeaves } from "../proof/chain.ts";
import type { Draw } from "../proof/draw.ts";
import { depthOf } from "../proof/merkle.ts";
import { encodeOpenings, type Openings } from "../proof/openings.ts";
import { LANES_PER_LEAF, type ProofSize } from "../proof/size.ts";
import { type BufferScope, readBack } from "./buffers.ts";
import { type ChainRun, submitChainLeaves } from "./chain_stage.ts";
import type { HashTools, HashTree } from "./hash_tree.ts";
import { dispatch, lineGrid, submit } from "./kernels.ts";
import type { RowBlocks } from "./row_blocks.ts";
import type { SweepStage } from "./sweep_stage.ts";

const WORD_BYTES = 4;
const LEAF_BYTES = LANES_PER_LEAF * WORD_BYTES;

/** A finished proof, as it lies on the GPU. */
export interface FinishedProof {
  readonly size: ProofSize;
  readonly rows: RowBlocks;
  readonly matrixTree: HashTree;
  readonly chain: ChainRun;
  readonly sweepTree: HashTree;
  readonly sweeps: SweepStage;
}

/**
 * The answer that opens what was drawn. The drawn sweeps and the opened leaves of the chain are run
 * again, since to keep them would take more memory than C; then all is read back at once.
 */
export async function openProof(
  tools: HashTools,
  scope: BufferScope,
  proof: FinishedProof,
  draw: Draw,
): Promise<Uint8Array<ArrayBuffer>> {
  const { device } = tools;
  const { size, rows, matrixTree, chain, sweepTree, sweeps } = proof;
  const leaves = draw.lanes.map((lane) => Math.floor(lane / LANES_PER_LEAF));
  const rowPaths = draw.rows.length * depthOf(size.m);
  const lanePaths = leaves.length * depthOf(chainLeaves(size));
  const hashes = scope.storage(
    (rowPaths * (1 + draw.sweeps.length) + lanePaths) * SHA256_BYTES,
  );
  let gathered = 0;
  const gather = (tree: HashTree, indices: GPUBuffer, count: number) => {
    submitGather(tools, scope, { tree, indices, count, hashes, output_start: gathered });
    gathered += count;
  };
  const rowIndices = indexBuffer(device, scope, draw.rows.flatMap((i) => matrixTree.siblings(i)));
  gather(matrixTree, rowIndices, rowPaths);
  for (const sweep of draw.sweeps) {
    sweeps.submitAgain(sweep);
    gather(sweepTree, rowIndices, rowPaths);
  }
  const laneIndices = indexBuffer(device, scope, leaves.flatMap((i) => chain.tree.siblings(i)));
  gather(chain.tree, laneIndices, lanePaths);
  const words = submitChainLeaves(tools, scope, chain, leaves);

  const row_bytes = draw.rows.length * rows.row_bytes;
  const leaf_bytes = leaves.length * LEAF_BYTES;
  const target = scope.readback(row_bytes + leaf_bytes + hashes.size);
  submit(device, (encoder) => {
    draw.rows.forEach((row, i) => {
      const { buffer, offset } = rows.locate(row);
      encoder.copyBufferToBuffer(buffer, offset, target, i * rows.row_bytes, rows.row_bytes);
    });
    encoder.copyBufferToBuffer(words, 0, target, row_bytes, leaf_bytes);
    encoder.copyBufferToBuffer(hashes, 0, target, row_bytes + leaf_bytes, hashes.size);
  });
  return encodeOpenings(size, cutOpenings(size, draw, await readBack(target)));
}

/** The parts of what was read: rows, leaves, then the paths of C, of each sweep, and of the chain. */
function cutOpenings(size: ProofSize, draw: Draw, bytes: Uint8Array): Openings {
  let offset = 0;
  const take = (length: number) => bytes.subarray(offset, offset += length);
  const takeEach = (count: number, length: number) =>
    Array.from({ length: count }, () => take(length));
  const row_path = depthOf(size.m) * SHA256_BYTES;
  const lane_path = depthOf(chainLeaves(size)) * SHA256_BYTES;
  const rows = takeEach(draw.rows.length, size.n * WORD_BYTES);
  const leaves = takeEach(draw.lanes.length, LEAF_BYTES);
  const paths = takeEach(draw.rows.length, row_path);
  const tagPaths = draw.sweeps.map(() => takeEach(draw.rows.length, row_path));
  const lanePaths = takeEach(draw.lanes.length, lane_path);
  return {
    rows: draw.rows.map((index, i) => ({
      index,
      row: rows[i]!,
      path: paths[i]!,
      tag_paths: tagPaths.map((ofSweep) => ofSweep[i]!),
    })),
    lanes: draw.lanes.map((lane, i) => ({ lane, leaf: leaves[i]!, path: lanePaths[i]! })),
  };
}

function submitGather(
  { device, kernels }: HashTools,
  scope: BufferScope,
  { tree, indices, count, hashes, output_start }: {
    readonly tree: HashTree;
    readonly indices: GPUBuffer;
    readonly count: number;
    readonly hashes: GPUBuffer;
    readonly output_start: number;
  },
): void {
  const params = scope.uniform([count, output_start]);
  const bindings = { 0: params, 1: indices, 2: tree.buffer, 3: hashes };
  submit(
    device,
    (encoder) => dispatch(device, encoder, kernels.gather, bindings, lineGrid(count)),
  );
}

/** A buffer of u32 indices; of at least one, since no buffer is empty. */
function indexBuffer(device: GPUDevice, scope: BufferScope, indices: number[]): GPUBuffer {
  const words = Uint32Array.from(indices.length === 0 ? [0] : indices);
  const buffer = scope.storage(words.byteLength);
  device.queue.writeBuffer(buffer, 0, words);
  return buffer;
}
