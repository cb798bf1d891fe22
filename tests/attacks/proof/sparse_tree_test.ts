import { assertEquals } from "@std/assert";
import { leafHash, merkleLevels, pathOf, rootOf } from "../../../src/proof/merkle.ts";
import { CpuPoser, firstRows } from "./cpu_poser.ts";
import { SparseTree } from "./sparse_tree.ts";
import { referenceProduct, ReferenceProver } from "../../proof/reference.ts";
import { seedBytes } from "../../proof/seeded.ts";

/** The attackers' own tools must be right, or their attacks fail for no reason of the registry's. */
Deno.test("a sparse tree is the tree over all of its leaves", () => {
  const usual = leafHash(Uint8Array.of(7));
  for (const count of [1, 2, 5, 64, 77]) {
    const others = new Map([[0, leafHash(Uint8Array.of(1))], [count >> 1, leafHash(seedBytes(2))]]);
    const leaves = Array.from({ length: count }, (_, i) => others.get(i) ?? usual);
    const levels = merkleLevels(leaves);
    const tree = new SparseTree(count, usual, others);
    assertEquals(tree.root(), rootOf(levels));
    for (let i = 0; i < count; i++) assertEquals(tree.path(i), pathOf(levels, i), `leaf ${i}`);
  }
});

Deno.test("the rows that a CPU has time for are rows of the product", () => {
  const size = { m: 8, k: 64, n: 512 };
  const product = referenceProduct(seedBytes(3), size);
  const rows = firstRows(seedBytes(3), size, 3);
  rows.forEach((row, i) => assertEquals(row, product.subarray(i * size.n, (i + 1) * size.n)));
});

Deno.test("a poser that has time for everything commits as the reference does", () => {
  const size = { m: 256, k: 64, n: 512, lanes: 2 ** 14, steps: 9, sweeps: 3 };
  const poser = new CpuPoser(seedBytes(5), size, 256);
  const honest = ReferenceProver.honest(seedBytes(5), size);
  assertEquals(poser.matrix(), honest.matrix());
  assertEquals(poser.chain(seedBytes(6)), honest.chain(seedBytes(6)));
  assertEquals(poser.sweep(seedBytes(7)), honest.sweep(seedBytes(7)));
});
