import { assert, assertEquals } from "@std/assert";
import { RadixTree } from "../../src/auction/radix_tree.ts";
import type { Random } from "../random.ts";
import { CASES, column, forCases, value } from "./cases.ts";

function assertNeighbours(tree: RadixTree, map: Map<number, number>, key: number): void {
  const keys = [...map.keys()].sort((a, b) => a - b);
  assertEquals(tree.get(key), map.get(key) ?? 0);
  assertEquals(tree.above(key), keys.find((other) => other > key) ?? -1);
  assertEquals(tree.below(key), keys.findLast((other) => other < key) ?? -1);
}

function change(random: Random, tree: RadixTree, map: Map<number, number>, key: number): void {
  if (random.below(3) === 0) {
    tree.delete(key);
    map.delete(key);
    return;
  }
  const fresh = 1 + random.below(1_000);
  assertEquals(tree.set(key, fresh), map.get(key) ?? 0);
  map.set(key, fresh);
}

Deno.test("the tree of prices finds values and neighbours as a sorted list does", () => {
  forCases("radix tree", CASES, (random) => {
    const tree = new RadixTree();
    const map = new Map<number, number>();
    const keys = [...column(random, 1 + random.below(8)), value(random), value(random)];
    for (let i = random.below(20); i > 0; i--) {
      change(random, tree, map, keys[random.below(keys.length)]!);
      assertNeighbours(tree, map, keys[random.below(keys.length)]!);
      assertNeighbours(tree, map, value(random));
    }
  });
});

Deno.test("a tree that grows to thousands of keys and empties works as a new one", () => {
  forCases("growing trees", 3, (random) => {
    const tree = new RadixTree();
    for (let round = 0; round < 3; round++) {
      const keys = new Set(Array.from({ length: 4_000 }, () => random.below(2 ** 32)));
      for (const key of keys) assertEquals(tree.set(key, key % 1_000 + 1), 0);
      for (const key of keys) assertEquals(tree.get(key), key % 1_000 + 1);
      const visited: number[] = [];
      for (let key = tree.below(2 ** 32 - 1); key >= 0; key = tree.below(key)) visited.push(key);
      assertEquals(visited, [...keys].sort((a, b) => b - a).filter((key) => key < 2 ** 32 - 1));
      for (const key of keys) tree.delete(key);
      assertEquals([tree.above(0), tree.below(2 ** 32 - 1)], [-1, -1]);
    }
  });
});

Deno.test("a tree uses emptied nodes again and is no higher than its keys need", () => {
  const tree = new RadixTree();
  for (let key = 0; key < 2 ** 32; key += 2 ** 22 + 1) {
    tree.set(key, 1);
    tree.delete(key);
  }
  assertEquals(tree.height, 1);
  assert(tree.nodes <= 8, `${tree.nodes} nodes for one key at a time`);
  tree.set(31, 1);
  tree.set(2 ** 32 - 1, 1);
  assertEquals(tree.height, 7);
  tree.delete(2 ** 32 - 1);
  assertEquals([tree.height, tree.get(31), tree.below(2 ** 32 - 1)], [1, 1, 31]);
});
