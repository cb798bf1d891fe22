import { assertEquals, assertThrows } from "@std/assert";
import { MAX_AUCTIONS, NONE } from "../../src/auction/limits.ts";
import { clearSealed, type SealedFormat } from "../../src/auction/second_price.ts";
import { CASES, column, forCases } from "./cases.ts";
import { plainSealed } from "./plain_sealed.ts";

function clear(
  auctions: Uint32Array,
  prices: Uint32Array,
  reserves: Uint32Array,
  format: SealedFormat,
) {
  const winners = new Uint32Array(reserves.length);
  const paid = new Uint32Array(reserves.length);
  clearSealed({ auctions, prices }, reserves, format, { winners, prices: paid });
  return Array.from(winners, (winner, auction) => ({
    winner: winner === NONE ? null : winner,
    price: paid[auction],
  }));
}

for (const format of ["second-price", "first-price"] as const) {
  Deno.test(`many ${format} auctions clear in one pass as one by one`, () => {
    forCases(format, CASES, (random) => {
      const reserves = column(random, 1 + random.below(4));
      const prices = column(random, random.below(16));
      const auctions = prices.map(() => random.below(reserves.length));
      assertEquals(
        clear(auctions, prices, reserves, format),
        plainSealed([...auctions], [...prices], [...reserves], format),
      );
    });
  });
}

Deno.test("more auctions than the limit are refused", () => {
  const reserves = new Uint32Array(MAX_AUCTIONS + 1);
  assertThrows(
    () => clear(new Uint32Array(0), new Uint32Array(0), reserves, "second-price"),
    RangeError,
    "are more than",
  );
});

Deno.test("sealed auctions refuse unequal columns and a bid for no auction", () => {
  const one = new Uint32Array([1]);
  assertThrows(() => clear(one, one, one, "second-price"), RangeError, "bid 0 is for no auction");
  assertThrows(
    () => clear(new Uint32Array([NONE]), one, one, "second-price"),
    RangeError,
    "bid 0 is for no auction",
  );
  assertThrows(
    () => clear(new Uint32Array(0), one, one, "second-price"),
    RangeError,
    "auctions has 0 rows",
  );
});

Deno.test("no auctions and no bids clear to nothing", () => {
  const none = new Uint32Array(0);
  assertEquals(clear(none, none, none, "second-price"), []);
});
