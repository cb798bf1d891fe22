import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { sha256 } from "../../src/base/hash.ts";
import {
  ABSENT,
  depthOf,
  leafHash,
  merkleLevels,
  nodeHash,
  pathOf,
  rootOf,
  rootOfPath,
} from "../../src/proof/merkle.ts";

const leaves = (m: number) => Array.from({ length: m }, (_, i) => leafHash(Uint8Array.of(i)));

/** The root by the recursive definition: both halves of a power of two, absent leaves included. */
function referenceRoot(hashes: Uint8Array[], width: number): Uint8Array {
  if (hashes.length === 0) return ABSENT;
  if (width === 1) return hashes[0]!;
  const half = width / 2;
  const [left, right] = [hashes.slice(0, half), hashes.slice(half)];
  return nodeHash(referenceRoot(left, half), referenceRoot(right, half));
}

Deno.test("leaves and nodes hash behind different prefixes", () => {
  const row = new Uint8Array(64).fill(7);
  assertEquals(new Uint8Array(leafHash(row)), sha256(Uint8Array.of(0, 0, 0, 0), row));
  const [left, right] = [row.subarray(0, 32), row.subarray(32)];
  assertEquals(new Uint8Array(nodeHash(left, right)), sha256(Uint8Array.of(0, 0, 0, 1), row));
});

Deno.test("a row made of two hashes is not the node above them", () => {
  const [left, right] = leaves(2) as [Uint8Array, Uint8Array];
  const node = nodeHash(left, right);
  assertNotEquals(leafHash(new Uint8Array([...left, ...right])), node);
});

Deno.test("every leaf's path leads to the root of the recursive definition", () => {
  for (const m of [1, 2, 3, 4, 5, 37, 64]) {
    const hashes = leaves(m);
    const tree = merkleLevels(hashes);
    const root = referenceRoot(hashes, 2 ** depthOf(m));
    assertEquals(new Uint8Array(rootOf(tree)), new Uint8Array(root));
    hashes.forEach((leaf, i) => {
      const path = pathOf(tree, i);
      assertEquals(path.length, 32 * depthOf(m));
      assertEquals(new Uint8Array(rootOfPath(leaf, i, path)), new Uint8Array(root));
    });
  }
});

Deno.test("a leaf does not verify at another index, nor with any byte of its path changed", () => {
  const hashes = leaves(8);
  const tree = merkleLevels(hashes);
  const path = pathOf(tree, 5);
  const holds = (index: number, p: Uint8Array) =>
    rootOf(tree).every((byte, i) => byte === rootOfPath(hashes[5]!, index, p)[i]);
  assert(holds(5, path));
  for (let index = 0; index < 8; index++) assertEquals(holds(index, path), index === 5);
  for (let at = 0; at < path.length; at++) {
    const changed = path.slice();
    changed[at]! ^= 1;
    assert(!holds(5, changed));
  }
});

Deno.test("a tree of subtrees over aligned blocks has the same root", () => {
  const hashes = leaves(21);
  const blockRoot = (from: number) => referenceRoot(hashes.slice(from, from + 8), 8);
  const top = nodeHash(nodeHash(blockRoot(0), blockRoot(8)), nodeHash(blockRoot(16), ABSENT));
  assertEquals(new Uint8Array(rootOf(merkleLevels(hashes))), new Uint8Array(top));
});

Deno.test("a tree without leaves is refused", () => {
  assertThrows(() => depthOf(0), RangeError, "leaves");
});
