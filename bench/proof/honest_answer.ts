import { fillKeystream, keyWords } from "../../src/proof/chacha8.ts";
import { chainLeaves, chainWord, type OpenedLane } from "../../src/proof/chain.ts";
import { chainKey, type Challenge, sweepKey } from "../../src/proof/challenge.ts";
import { drawOpenings } from "../../src/proof/draw.ts";
import { STREAM_A, STREAM_B } from "../../src/proof/freivalds.ts";
import { leafHash } from "../../src/proof/merkle.ts";
import { encodeOpenings } from "../../src/proof/openings.ts";
import type { AnswerCheck } from "../../src/proof/pipeline.ts";
import { planProof } from "../../src/proof/plan.ts";
import {
  LANES_PER_LEAF,
  type MatrixSize,
  type ProofSize,
  TAG_WORDS,
} from "../../src/proof/size.ts";
import { rowTag } from "../../src/proof/sweep.ts";
import { SparseTree } from "./sparse_tree.ts";

/** An RTX 3090 as a registry plans for it: what it is rated at, at a round trip of 20 ms. */
export const CARD_24GB: ProofSize = planProof(
  { gops: 17_790, chain_gops: 14_800, memory_mb_per_s: 936_000, vram_gb: 24 },
  20,
);

const randomBytes = () => crypto.getRandomValues(new Uint8Array(32));

/**
 * A proof that holds, of that challenge's seed. Only what is opened is computed; all other leaves are
 * arbitrary.
 */
export function honestProof(
  size: ProofSize,
  seedOf: (challenge: Challenge) => Uint8Array = randomBytes,
): AnswerCheck {
  const challenge = { challenge_id: "bench", nonce: randomBytes(), ...size };
  const seed = seedOf(challenge);
  const draw = drawOpenings(size, (bytes) => crypto.getRandomValues(bytes));
  const rows = multiplyRows(seed, size, draw.rows);
  const rowTree = treeOver(size.m, draw.rows, (i) => leafHash(rows[i]!));
  const chain_nonce = randomBytes();
  const chain = openChain(size, chainKey(seed, rowTree.root, chain_nonce), draw.lanes);
  const sweep_nonce = randomBytes();
  const first_key = sweepKey(seed, rowTree.root, chain.root, sweep_nonce);
  const sweep_roots = Array.from({ length: size.sweeps }, randomBytes);
  const tagTrees = draw.sweeps.map((sweep) => {
    const key = sweep_roots[sweep - 1] ?? first_key;
    const tree = treeOver(size.m, draw.rows, (i) => leafHash(tagOf(key, rows[i]!)));
    sweep_roots[sweep] = tree.root;
    return tree;
  });
  const answer = encodeOpenings(size, {
    rows: draw.rows.map((index, i) => ({
      index,
      row: rows[i]!,
      path: rowTree.pathOf(index),
      tag_paths: tagTrees.map((tree) => tree.pathOf(index)),
    })),
    lanes: chain.lanes,
  });
  const transcript = {
    ...{ challenge, matrix_root: rowTree.root, chain_nonce, chain_root: chain.root },
    ...{ sweep_nonce, sweep_roots, draw },
  };
  return { seed, transcript, answer };
}

function treeOver(
  count: number,
  indices: readonly number[],
  leafOf: (i: number) => Uint8Array,
): SparseTree {
  return new SparseTree(
    count,
    new Map(indices.map((index, i) => [index, leafOf(i)])),
    randomBytes(),
  );
}

/** The opened lanes; the 63 others of each leaf are arbitrary, since nobody runs them again. */
function openChain(size: ProofSize, key: Uint8Array, lanes: readonly number[]) {
  const words = keyWords(key);
  const leaves = lanes.map((lane) => {
    const leaf = crypto.getRandomValues(new Uint32Array(LANES_PER_LEAF));
    leaf[lane % LANES_PER_LEAF] = chainWord(words, lane, size.steps);
    return new Uint8Array(leaf.buffer);
  });
  const indices = lanes.map((lane) => Math.floor(lane / LANES_PER_LEAF));
  const tree = treeOver(chainLeaves(size), indices, (i) => leafHash(leaves[i]!));
  const opened = lanes.map((lane, i): OpenedLane => ({
    lane,
    leaf: leaves[i]!,
    path: tree.pathOf(indices[i]!),
  }));
  return { root: tree.root, lanes: opened };
}

function tagOf(key: Uint8Array, row: Uint8Array<ArrayBuffer>): Uint8Array {
  const tag = new Uint32Array(TAG_WORDS);
  rowTag(keyWords(key), new Uint32Array(row.buffer), tag);
  return new Uint8Array(tag.buffer);
}

function multiplyRows(
  seed: Uint8Array,
  { k, n }: MatrixSize,
  indices: readonly number[],
): Uint8Array<ArrayBuffer>[] {
  const key = keyWords(seed);
  const rowsOfA = indices.map((index) => {
    const row = new Uint32Array(k);
    fillKeystream(key, STREAM_A, index * k, row);
    return row;
  });
  const rowsOfC = indices.map(() => new Uint32Array(n));
  const rowOfB = new Uint32Array(n);
  for (let j = 0; j < k; j++) {
    fillKeystream(key, STREAM_B, j * n, rowOfB);
    for (let i = 0; i < indices.length; i++) addScaled(rowsOfC[i]!, rowsOfA[i]![j]!, rowOfB);
  }
  return rowsOfC.map((row) => new Uint8Array(row.buffer));
}

function addScaled(sum: Uint32Array, scale: number, row: Uint32Array): void {
  for (let l = 0; l < row.length; l++) sum[l] = sum[l]! + Math.imul(scale, row[l]!);
}
