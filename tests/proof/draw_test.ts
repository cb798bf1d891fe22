import { assert, assertEquals, assertThrows } from "@std/assert";
import { drawOpenings } from "../../src/proof/draw.ts";
import { drawDistinct } from "../../src/proof/draw_distinct.ts";
import { freshSeed, seededRandom } from "./seeded.ts";

Deno.test("drawn numbers are distinct, ascending and in range", () => {
  const seed = freshSeed("draws");
  const random = seededRandom(seed);
  for (const bound of [64, 65, 100, 4096, 262_144, 2 ** 25]) {
    const drawn = drawDistinct(bound, random, 64);
    assertEquals(new Set(drawn).size, 64, `seed ${seed}`);
    assertEquals(drawn, drawn.toSorted((a, b) => a - b));
    assert(drawn.every((number) => number >= 0 && number < bound));
  }
});

Deno.test("drawing all numbers gives all of them, and more than all is refused", () => {
  assertEquals(drawDistinct(64, seededRandom(1), 64), Array.from({ length: 64 }, (_, i) => i));
  assertThrows(() => drawDistinct(63, seededRandom(1), 64), RangeError, "distinct");
});

Deno.test("every number is drawn about equally often", () => {
  const random = seededRandom(freshSeed("uniform draws"));
  const bound = 96, rounds = 3000, count = 8;
  const hits = new Array<number>(bound).fill(0);
  for (let i = 0; i < rounds; i++) for (const n of drawDistinct(bound, random, count)) hits[n]!++;
  // Each count is binomial with mean 250 and deviation 15.1: seven deviations either way.
  const mean = rounds * count / bound;
  assert(hits.every((h) => Math.abs(h - mean) < 7 * 15.1), `hits ${hits}`);
});

Deno.test("64 rows, 64 lanes of 64 leaves and 8 sweeps are opened, or as many as there are", () => {
  const random = seededRandom(freshSeed("openings"));
  const large = { m: 4096, k: 1024, n: 4096, lanes: 2 ** 20, steps: 99, sweeps: 40 };
  const { rows, lanes, sweeps } = drawOpenings(large, random);
  assertEquals([rows.length, lanes.length, sweeps.length], [64, 64, 8]);
  const leaves = lanes.map((lane) => Math.floor(lane / 64));
  assertEquals(new Set(leaves).size, 64);
  assert(lanes.some((lane) => lane % 64 !== 0), "lanes within their leaves are drawn, too");
  const small = drawOpenings({ ...large, lanes: 4096 / 2, sweeps: 3 }, random);
  assertEquals([small.lanes.length, small.sweeps], [32, [0, 1, 2]]);
});
