import { keyWords } from "../proof/chacha8.ts";
import { chainLeaves } from "../proof/chain.ts";
import { LANES_PER_LEAF, type ProofSize } from "../proof/size.ts";
import type { BufferScope } from "./buffers.ts";
import type { HashTools, HashTree } from "./hash_tree.ts";
import { encodePass, lineGrid, prepare, type PreparedDispatch, submit } from "./kernels.ts";

const WORD_BYTES = 4;
/** Leaves that are run at once: at most 2²⁰ lanes, which fill any GPU, and whose words take 4 MiB. */
const MAX_BATCH_LEAVES = 2 ** 14, MIN_BATCH_LEAVES = 2 ** 8;
/** Batches of a chain where there are fewer lanes than that: they were planned for a slow GPU. */
const MIN_BATCHES = 8;

/** A chain to run: its size, its key, and the tree over its leaves. */
export interface ChainRun {
  readonly size: ProofSize;
  readonly key: Uint8Array;
  readonly tree: HashTree;
}

/** Leaves of a batch: few enough that no driver's watchdog takes one for a hang, however slow the GPU. */
export function batchLeaves(leaves: number): number {
  const wanted = Math.ceil(leaves / MIN_BATCHES);
  return Math.min(leaves, MAX_BATCH_LEAVES, Math.max(MIN_BATCH_LEAVES, wanted));
}

/** Submits the chain, batch by batch: the words of a batch are hashed and then written over. */
export function submitChain(tools: HashTools, scope: BufferScope, run: ChainRun): void {
  const leaves = chainLeaves(run.size);
  const batch = batchLeaves(leaves);
  const words = scope.storage(batch * LANES_PER_LEAF * WORD_BYTES);
  const list = scope.storage(WORD_BYTES);
  for (let first_leaf = 0; first_leaf < leaves; first_leaf += batch) {
    const count = Math.min(batch, leaves - first_leaf);
    const part = { first_leaf, count, is_listed: false };
    const rows = { rows: words, row_words: LANES_PER_LEAF, first_leaf, count };
    submit(tools.device, (encoder) =>
      encodePass(encoder, [
        prepareChain(tools, scope, run, part, list, words),
        run.tree.hashLeaves(rows),
      ]));
  }
  submit(tools.device, (encoder) => encodePass(encoder, run.tree.hashNodes()));
}

/** Submits some leaves of the chain again, 256 bytes each, in the order of the list. */
export function submitChainLeaves(
  tools: HashTools,
  scope: BufferScope,
  run: ChainRun,
  leaves: readonly number[],
): GPUBuffer {
  const words = scope.storage(leaves.length * LANES_PER_LEAF * WORD_BYTES);
  const list = scope.storage(leaves.length * WORD_BYTES);
  tools.device.queue.writeBuffer(list, 0, Uint32Array.from(leaves));
  const part = { first_leaf: 0, count: leaves.length, is_listed: true };
  submit(tools.device, (encoder) =>
    encodePass(encoder, [
      prepareChain(tools, scope, run, part, list, words),
    ]));
  return words;
}

function prepareChain(
  { device, kernels: { chain } }: HashTools,
  scope: BufferScope,
  { size, key }: ChainRun,
  { first_leaf, count, is_listed }: { first_leaf: number; count: number; is_listed: boolean },
  list: GPUBuffer,
  words: GPUBuffer,
): PreparedDispatch {
  const keys = keyWords(key).subarray(0, 4);
  const params = scope.uniform([...keys, first_leaf, count, is_listed ? 1 : 0, size.steps]);
  return prepare(
    device,
    chain.pipeline,
    { 0: params, 1: list, 2: words },
    lineGrid(count, chain.per_group),
  );
}
