import { assertEquals } from "@std/assert";
import { rowNumbers, sortRows } from "../../src/auction/radix_sort.ts";
import { CASES, column, forCases } from "./cases.ts";

Deno.test("rows sort by key, and those of equal key keep their order", () => {
  forCases("radix sort", CASES, (random) => {
    const keys = column(random, random.below(20));
    const rows = rowNumbers(keys.length);
    if (random.below(2) === 0) rows.reverse();
    const descending = random.below(2) === 0;
    const expected = [...rows].sort((a, b) => (keys[a]! - keys[b]!) * (descending ? -1 : 1));
    sortRows(rows, keys, descending);
    assertEquals([...rows], expected);
  });
});
