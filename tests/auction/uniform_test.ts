import { assertEquals, assertThrows } from "@std/assert";
import { clearUniform } from "../../src/auction/uniform.ts";
import { MAX_ROWS } from "../../src/auction/limits.ts";
import type { Random } from "../random.ts";
import { CASES, column, forCases, value } from "./cases.ts";
import { plainUniform } from "./plain_uniform.ts";

/** Rows enough for the histograms, few enough for ten thousand cases. */
const SELECTED_ROWS = 4_096;

interface Columns {
  prices: Uint32Array;
  quantities: Uint32Array;
  arrivals: Uint32Array | undefined;
}

function draw(random: Random, rows: number): Columns {
  return {
    prices: column(random, rows),
    quantities: column(random, rows),
    arrivals: random.below(2) === 0 ? undefined : column(random, rows),
  };
}

function unitsFor(random: Random, quantities: Uint32Array): number {
  const demand = quantities.reduce((sum, quantity) => sum + quantity, 0);
  return [0, 1, random.below(10), demand, demand + 1, Math.max(0, demand - 1)][random.below(8)] ??
    Math.floor(demand * random.below(1_000) / 1_000);
}

function plain(columns: Columns, units: number, reserve: number) {
  const bids = Array.from(columns.prices, (price, row) => ({
    price,
    quantity: columns.quantities[row] ?? 0,
    arrival: columns.arrivals?.[row] ?? 0,
  }));
  return plainUniform(bids, units, reserve);
}

function clear({ prices, quantities, arrivals }: Columns, units: number, reserve: number) {
  const fills = new Uint32Array(prices.length).fill(7);
  const outcome = clearUniform(prices, quantities, units, reserve, fills, arrivals);
  return { fills: [...fills], ...outcome };
}

Deno.test("a uniform price clears few bids as sorting them does", () => {
  forCases("few bids", CASES, (random) => {
    const columns = draw(random, random.below(12));
    const units = unitsFor(random, columns.quantities);
    const reserve = value(random);
    assertEquals(clear(columns, units, reserve), plain(columns, units, reserve));
  });
});

/** The same bids among thousands that ask for nothing. */
function amongIdle(random: Random, { prices, quantities, arrivals }: Columns) {
  const stride = Math.floor(SELECTED_ROWS / Math.max(1, prices.length));
  const many: Columns = {
    prices: new Uint32Array(SELECTED_ROWS).fill(value(random)),
    quantities: new Uint32Array(SELECTED_ROWS),
    arrivals: arrivals && new Uint32Array(SELECTED_ROWS),
  };
  const rows = Array.from(prices, (_, row) => row * stride);
  rows.forEach((at, row) => {
    many.prices[at] = prices[row] ?? 0;
    many.quantities[at] = quantities[row] ?? 0;
    if (arrivals !== undefined) many.arrivals?.set([arrivals[row] ?? 0], at);
  });
  return { many, rows };
}

Deno.test("a uniform price clears bids by histogram as sorting them does", () => {
  forCases("bids among thousands for nothing", CASES, (random) => {
    const columns = draw(random, random.below(12));
    const units = unitsFor(random, columns.quantities);
    const reserve = value(random);
    const { many, rows } = amongIdle(random, columns);
    const expected = plain(columns, units, reserve);
    const fills = new Uint32Array(SELECTED_ROWS).fill(7);
    const outcome = clearUniform(
      many.prices,
      many.quantities,
      units,
      reserve,
      fills,
      many.arrivals,
    );
    assertEquals({ ...outcome, fills: rows.map((row) => fills[row]) }, expected);
    assertEquals(fills.reduce((sum, fill) => sum + fill, 0), expected.sold);
  });
});

Deno.test("a uniform price clears thousands of bids as sorting them does", () => {
  forCases("thousands of bids", 60, (random) => {
    const columns = draw(random, SELECTED_ROWS + random.below(2_000));
    const units = unitsFor(random, columns.quantities);
    const reserve = value(random);
    assertEquals(clear(columns, units, reserve), plain(columns, units, reserve));
  });
});

Deno.test("one unit sells at the second price, and at the reserve to a lone bid", () => {
  const bids = { prices: [900, 700, 800], quantities: [1, 1, 1] };
  const sell = (prices: number[], quantities: number[], units: number, reserve: number) =>
    clear(
      {
        prices: Uint32Array.from(prices),
        quantities: Uint32Array.from(quantities),
        arrivals: undefined,
      },
      units,
      reserve,
    );
  assertEquals(sell(bids.prices, bids.quantities, 1, 100), {
    fills: [1, 0, 0],
    price_micros: 800,
    sold: 1,
  });
  assertEquals(sell([900], [1], 1, 100), { fills: [1], price_micros: 100, sold: 1 });
  assertEquals(sell([900], [5], 3, 100), { fills: [3], price_micros: 900, sold: 3 });
  assertEquals(sell([99], [1], 1, 100), { fills: [0], price_micros: 100, sold: 0 });
  assertEquals(sell([], [], 1, 100), { fills: [], price_micros: 100, sold: 0 });
});

Deno.test("a uniform price refuses unequal columns and numbers out of range", () => {
  const one = new Uint32Array(1);
  const none = new Uint32Array(0);
  assertThrows(() => clearUniform(one, none, 1, 0, one), RangeError, "quantities has 0 rows");
  assertThrows(() => clearUniform(one, one, 1, 0, none), RangeError, "fills has 0 rows");
  assertThrows(() => clearUniform(one, one, 1, 0, one, none), RangeError, "arrivals has 0 rows");
  assertThrows(() => clearUniform(one, one, -1, 0, one), RangeError, "units");
  assertThrows(() => clearUniform(one, one, 2 ** 53, 0, one), RangeError, "units");
  assertThrows(() => clearUniform(one, one, 1, 2 ** 32, one), RangeError, "reserve_micros");
  const many = new Uint32Array(MAX_ROWS + 1);
  assertThrows(() => clearUniform(many, many, 1, 0, many), RangeError, "are more than");
});
