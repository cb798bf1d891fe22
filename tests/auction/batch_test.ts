import { assertEquals, assertThrows } from "@std/assert";
import { cheapestFirst, clearRound } from "../../src/auction/batch.ts";
import { Eligibility } from "../../src/auction/eligibility.ts";
import { MAX_ROWS, NONE } from "../../src/auction/limits.ts";
import type { Random } from "../random.ts";
import { CASES, column, forCases } from "./cases.ts";
import { plainRound } from "./plain_round.ts";

/** Terms that GPUs pass at random, and filters of none to three of them. */
function drawFilters(random: Random, gpus: number) {
  const terms = Array.from(
    { length: 1 + random.below(4) },
    () => Array.from({ length: gpus }, () => random.below(4) > 0),
  );
  const filters = Array.from(
    { length: 1 + random.below(4) },
    () => Array.from({ length: random.below(4) }, () => random.below(terms.length)),
  );
  return { terms, filters };
}

function clear(
  asks: Uint32Array,
  orders: Parameters<typeof clearRound>[0],
  { terms, filters }: ReturnType<typeof drawFilters>,
) {
  const cheapest = cheapestFirst(asks);
  const eligibility = new Eligibility(asks.length);
  for (const term of terms) eligibility.addTerm((row) => term[cheapest[row] ?? 0] === true);
  for (const filter of filters) eligibility.addFilter(filter);
  const fills = new Uint32Array(orders.limits.length).fill(7);
  const byRow = new Uint32Array(asks.length).fill(7);
  const sorted = cheapest.map((gpu) => asks[gpu] ?? 0);
  const count = clearRound(orders, sorted, eligibility, { fills, takers: byRow });
  const takers: (number | null)[] = [];
  cheapest.forEach((gpu, row) => takers[gpu] = byRow[row] === NONE ? null : byRow[row] ?? null);
  return { fills: [...fills], takers, count };
}

Deno.test("a round lets GPUs as trying each order on each GPU does", () => {
  forCases("clearing rounds", CASES, (random) => {
    const asks = column(random, random.below(random.below(8) === 0 ? 80 : 10));
    const drawn = drawFilters(random, asks.length);
    const rows = random.below(12);
    const limits = column(random, rows);
    const quantities = column(random, rows);
    const filters = limits.map(() => random.below(drawn.filters.length));
    const arrivals = random.below(2) === 0 ? undefined : column(random, rows);
    const expected = plainRound(
      Array.from(limits, (limit, row) => ({
        limit,
        quantity: quantities[row] ?? 0,
        arrival: arrivals?.[row] ?? 0,
        admits: (gpu) =>
          (drawn.filters[filters[row] ?? 0] ?? []).every((term) => drawn.terms[term]?.[gpu]),
      })),
      [...asks],
    );
    const orders = { limits, quantities, filters, ...(arrivals && { arrivals }) };
    const { count, ...outcome } = clear(asks, orders, drawn);
    assertEquals(outcome, expected);
    assertEquals(count, expected.fills.reduce((sum, fill) => sum + fill, 0));
  });
});

Deno.test("equal asks go in the order of their rows, equal limits in the order of time", () => {
  const orders = {
    limits: Uint32Array.of(500, 500, 400),
    quantities: Uint32Array.of(1, 1, 9),
    filters: Uint32Array.of(0, 0, 0),
    arrivals: Uint32Array.of(2, 1, 0),
  };
  const all = { terms: [], filters: [[]] };
  assertEquals(clear(Uint32Array.of(300, 300, 450, 400), orders, all), {
    fills: [1, 1, 1],
    takers: [1, 0, null, 2],
    count: 3,
  });
});

Deno.test("a round refuses asks that descend, unequal columns and unknown filters", () => {
  const one = new Uint32Array(1);
  const orders = { limits: one, quantities: one, filters: one };
  const eligibility = new Eligibility(2);
  const outcome = { fills: new Uint32Array(1), takers: new Uint32Array(2) };
  const round = (asks: Uint32Array) => clearRound(orders, asks, eligibility, outcome);
  assertThrows(() => round(Uint32Array.of(2, 1)), RangeError, "the asks descend");
  assertThrows(() => round(Uint32Array.of(1, 2)), RangeError, "order 0 has no filter");
  assertThrows(() => round(Uint32Array.of(1)), RangeError, "takers has 2 rows");
  const short = { fills: new Uint32Array(0), takers: new Uint32Array(2) };
  assertThrows(
    () => clearRound(orders, Uint32Array.of(1, 2), eligibility, short),
    RangeError,
    "fills has 0 rows",
  );
  assertThrows(
    () => clearRound(orders, one, eligibility, { ...outcome, takers: one }),
    RangeError,
    "the filters are for other GPUs",
  );
});

Deno.test("an eligibility table refuses an unknown term and outgrows no limit", () => {
  const eligibility = new Eligibility(MAX_ROWS);
  assertThrows(() => eligibility.addFilter([0]), RangeError, "there is no term 0");
  for (let filter = 0; filter < 256; filter++) eligibility.addFilter([]);
  assertThrows(() => eligibility.addFilter([]), RangeError, "filters × GPUs are more than");
  assertThrows(() => new Eligibility(MAX_ROWS + 1), RangeError, "gpus");
});
