import { createHash } from "node:crypto";
import { SHA256_BYTES } from "../base/hash.ts";

/**
 * First word of a hash's message, big endian, so that a leaf is never taken for a node (a second
 * preimage). A whole word, not a byte as in RFC 6962: on the GPU the rows then stay word-aligned.
 */
const LEAF_PREFIX = Uint8Array.of(0, 0, 0, 0);
const NODE_PREFIX = Uint8Array.of(0, 0, 0, 1);

/** What stands for a subtree without a leaf, at any level. */
export const ABSENT: Uint8Array = new Uint8Array(SHA256_BYTES);

/** Levels above the leaves of a tree over that many. */
export function depthOf(leaves: number): number {
  if (!Number.isSafeInteger(leaves) || leaves < 1) throw new RangeError("a tree has leaves");
  return Math.ceil(Math.log2(leaves));
}

/** SHA-256 of a row: the prefix and the row's words, little endian. */
export function leafHash(row: Uint8Array): Uint8Array {
  return createHash("sha256").update(LEAF_PREFIX).update(row).digest();
}

/** SHA-256 of two children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash("sha256").update(NODE_PREFIX).update(left).update(right).digest();
}

/**
 * The levels of a tree, the leaves first and the root, alone, last. A node is there if its left child
 * is; a right child that is not there counts as `ABSENT`. Thus a tree can be built of subtrees over
 * aligned blocks of 2ⁱ leaves, the last of them in part, as the GPU's prover does.
 */
export function merkleLevels(leaves: readonly Uint8Array[]): Uint8Array[][] {
  const levels = [[...leaves]];
  for (let depth = depthOf(leaves.length); depth > 0; depth--) {
    const below = levels.at(-1)!;
    const pairs = Math.ceil(below.length / 2);
    const node = (i: number) => nodeHash(below[2 * i]!, below[2 * i + 1] ?? ABSENT);
    levels.push(Array.from({ length: pairs }, (_, i) => node(i)));
  }
  return levels;
}

/** The root of a tree's levels. */
export function rootOf(levels: readonly Uint8Array[][]): Uint8Array {
  return levels.at(-1)![0]!;
}

/** The siblings from leaf `index` up to below the root, one after the other. */
export function pathOf(levels: readonly Uint8Array[][], index: number): Uint8Array<ArrayBuffer> {
  const path = new Uint8Array((levels.length - 1) * SHA256_BYTES);
  for (let level = 0; level < levels.length - 1; level++) {
    path.set(levels[level]![(index >> level) ^ 1] ?? ABSENT, level * SHA256_BYTES);
  }
  return path;
}

/** The root that a leaf at `index` and its path imply. The path's length fixes the tree's depth. */
export function rootOfPath(leaf: Uint8Array, index: number, path: Uint8Array): Uint8Array {
  let hash = leaf;
  for (let level = 0; level * SHA256_BYTES < path.length; level++) {
    const sibling = path.subarray(level * SHA256_BYTES, (level + 1) * SHA256_BYTES);
    hash = (index >> level) & 1 ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  }
  return hash;
}
