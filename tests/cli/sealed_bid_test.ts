import { assert, assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { checkCap, defaultCap } from "../../src/cli/sealed_bid.ts";
import type { AuctionView } from "../../src/protocol/auction.ts";

const OWNER = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

/** An auction of so many seconds at a reserve. */
function auctionOf(duration_s: number, reserve_micros_per_hour: number): AuctionView {
  return {
    auction_id: "auction_1",
    gpu_ids: ["rig-1"],
    owner: OWNER,
    class: "RTX 3090",
    format: "second-price",
    units: 1,
    duration_s,
    reserve_micros_per_hour,
    state: "open",
    reason: null,
    started_at: 0,
    ends_at: 600_000,
    ended_at: null,
    bids: 0,
    best_micros_per_hour: null,
    price_micros_per_hour: null,
    winners: [],
  };
}

const bid = (price_micros_per_hour: number, quantity = 1) => ({ price_micros_per_hour, quantity });

Deno.test("all bids up to four times the reserve have the same cap", () => {
  const auction = auctionOf(7200, 300_000);
  const caps = new Set<number>();
  for (let price = 300_000; price <= 1_200_000; price += 10_000) {
    caps.add(defaultCap(auction, bid(price), 1e9));
  }
  assertEquals([...caps], [4_194_304]);
});

Deno.test("the cap covers the bid, and is a power of two or all of the money", () => {
  const cases = [
    [bid(300_000), 1e9, 4_194_304],
    [bid(3_000_000), 1e9, 8_388_608],
    [bid(300_000, 3), 1e9, 8_388_608],
    [bid(300_000), 2_000_000, 2_000_000],
    [bid(300_000), 600_000, 600_000],
  ] as const;
  for (const [wish, spendable_micros, cap_micros] of cases) {
    assertEquals(defaultCap(auctionOf(7200, 300_000), wish, spendable_micros), cap_micros);
  }
  assert(
    defaultCap(auctionOf(3600, 0), bid(5), 1e9) >= 5,
    "without a reserve the bid itself counts",
  );
});

Deno.test("a cap below what the bid may cost is refused", () => {
  const auction = auctionOf(7200, 300_000);
  checkCap(auction, { ...bid(500_000), cap_micros: 1_000_000 });
  const error = assertThrows(
    () => checkCap(auction, { ...bid(500_000), cap_micros: 999_999 }),
    HorizonError,
  );
  assertEquals(error.code, "invalid_input");
});
