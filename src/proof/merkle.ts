import { createHash } from "node:crypto";
import { SHA256_BYTES } from "../base/hash.ts";

/**
 * First word of a hash's message, big endian, so that a leaf is never taken for a node (a second
 * preimage). A whole word, not a byte as in RFC 6962: on the GPU the rows then stay word-aligned.
 */
const LEAF_PREFIX = Uint8Array.of(0, 0, 0, 0);
const NODE_PREFIX = Uint8Array.of(0, 0, 0, 1);

/** Levels above the leaves of a tree over `m` rows, m being a power of two. */
export function depthOf(m: number): number {
  const depth = Math.log2(m);
  if (!Number.isInteger(depth)) throw new RangeError("a tree has a power of two of leaves");
  return depth;
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
 * Where level `level` starts in a tree stored flat, in hashes: the m leaves first, then each level
 * above, the root last. The GPU's prover stores it so too.
 */
export function levelOffset(m: number, level: number): number {
  return 2 * m - 2 * m / 2 ** level;
}

/** The flat tree (2m − 1 hashes) over m leaves. */
export function merkleTree(leaves: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const m = leaves.length;
  const tree = new Uint8Array((2 * m - 1) * SHA256_BYTES);
  const at = (i: number) => tree.subarray(i * SHA256_BYTES, (i + 1) * SHA256_BYTES);
  leaves.forEach((leaf, i) => at(i).set(leaf));
  for (let level = 1; level <= depthOf(m); level++) {
    const below = levelOffset(m, level - 1);
    const here = levelOffset(m, level);
    for (let i = 0; i < m >> level; i++) {
      at(here + i).set(nodeHash(at(below + 2 * i), at(below + 2 * i + 1)));
    }
  }
  return tree;
}

/** The root of a flat tree. */
export function rootOf(tree: Uint8Array): Uint8Array {
  return tree.subarray(tree.length - SHA256_BYTES);
}

/** The siblings from leaf `index` up to below the root, one after the other. */
export function pathOf(tree: Uint8Array, m: number, index: number): Uint8Array<ArrayBuffer> {
  const depth = depthOf(m);
  const path = new Uint8Array(depth * SHA256_BYTES);
  for (let level = 0; level < depth; level++) {
    const sibling = levelOffset(m, level) + ((index >> level) ^ 1);
    const hash = tree.subarray(sibling * SHA256_BYTES, (sibling + 1) * SHA256_BYTES);
    path.set(hash, level * SHA256_BYTES);
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
