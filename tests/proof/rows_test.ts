import { assert, assertEquals, assertThrows } from "@std/assert";
import { drawRows, OPENED_ROWS } from "../../src/proof/rows.ts";
import { freshSeed, seededRandom } from "./seeded.ts";

Deno.test("drawn rows are distinct, ascending, in range, and 64 unless told otherwise", () => {
  const seed = freshSeed("rows");
  const random = seededRandom(seed);
  for (const m of [64, 65, 100, 4096, 262_144]) {
    const rows = drawRows(m, random);
    assertEquals(rows.length, OPENED_ROWS);
    assertEquals(new Set(rows).size, OPENED_ROWS, `seed ${seed}`);
    assertEquals(rows, rows.toSorted((a, b) => a - b));
    assert(rows.every((row) => row >= 0 && row < m));
  }
});

Deno.test("drawing all rows gives all of them, and more than all is refused", () => {
  assertEquals(drawRows(64, seededRandom(1)), Array.from({ length: 64 }, (_, i) => i));
  assertThrows(() => drawRows(63, seededRandom(1)), RangeError, "distinct");
});

Deno.test("every row is drawn about equally often", () => {
  const random = seededRandom(freshSeed("uniform rows"));
  const m = 96, rounds = 3000, count = 8;
  const hits = new Array<number>(m).fill(0);
  for (let i = 0; i < rounds; i++) for (const row of drawRows(m, random, count)) hits[row]!++;
  // Each count is binomial with mean 250 and deviation 15.1: seven deviations either way.
  const mean = rounds * count / m;
  assert(hits.every((h) => Math.abs(h - mean) < 7 * 15.1), `hits ${hits}`);
});
