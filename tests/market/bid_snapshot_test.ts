import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { canonicalJson } from "../../src/base/json.ts";
import { deserialize, serialize } from "../../src/market/market.ts";
import { DOLLAR, MINUTE_MS, NODE, OTHER, OWNER, RENTER, Rig } from "./rig.ts";

/** Auctions that are open, closed and over, bids at rest and in them, an order that is filled in part. */
function busyMarket(): Rig {
  const rig = new Rig();
  for (const actor of [RENTER, OTHER]) rig.deposit(actor, 1_000 * DOLLAR);
  for (const gpu_id of ["a", "b", "c", "d", "e"]) rig.list(gpu_id, { price: 500_000 });
  const bid_id = rig.bid(OTHER, { where: "gpu_id=e", quantity: 2 });
  rig.act(NODE, "market.clear", {});
  const over = rig.auction("a");
  for (const bidder of [RENTER, OTHER, RENTER]) rig.seal(bidder, over, 700_000);
  rig.act(OWNER, "auction.end", { auction_id: over });
  rig.clear(over);
  const closed = rig.auction("b");
  rig.seal(RENTER, closed, 600_000);
  rig.act(OWNER, "auction.end", { auction_id: closed });
  rig.auction("c", { format: "english" });
  rig.bid(RENTER, { gpu_id: "c", price_micros_per_hour: 200_000, duration_s: null });
  rig.bid(RENTER, { gpu_id: "a", price_micros_per_hour: 600_000, expires_at: rig.at + MINUTE_MS });
  rig.bid(OTHER, { gpu_id: "a", price_micros_per_hour: 600_000 });
  rig.bid(RENTER, { gpu_id: "d", price_micros_per_hour: 600_000 });
  assertEquals(rig.bidView(bid_id).filled, 1);
  return rig;
}

const text = (rig: Rig) => new TextDecoder().decode(serialize(rig.state));

Deno.test("a snapshot of auctions and bids read back goes on in the same way", () => {
  const rig = busyMarket();
  const copy = busyMarket();
  rig.state = deserialize(serialize(rig.state));
  const told = (one: Rig) =>
    one.pass(3 * 60 * MINUTE_MS).map(({ at, type, data }) => canonicalJson([at, type, data]));
  const events = told(rig);
  assertEquals(events, told(copy));
  for (const type of ["bid.filled", "bid.ended", "auction.cleared", "archived"]) {
    assert(events.some((event) => event.includes(`"${type}"`)), type);
  }
});

for (
  const [what, from, to] of [
    ["holds what no bid does", /("hold_micros":)1000000(,"lease_ids":\["lease)/, "$11000001$2"],
    ["puts a GPU on an auction that is over", /("auction_id":)null(,"complaint")/, "$1NONE$2"],
    ["has a bid in an auction that is over", /"state":"lost"/, '"state":"entered"'],
    [
      "has a resting bid with an end",
      /("ended_at":)null(,"ended_seq":null,"expires_at":\d)/,
      "$11$2",
    ],
    ["has an open auction with an end", /("ended_seq":)null(,"ends_at":\d+,"ext)/, "$11$2"],
    ["has a best bid that isn't there", /("best_bid_id":)"bid_\d+"/, '$1"bid_1"'],
    ["leaves a GPU out of its auction", /("gpu_ids":)\["c"\]/, '$1["d"]'],
  ] as const
) {
  Deno.test(`a snapshot that ${what} is refused`, () => {
    const honest = text(busyMarket());
    const forged = honest.replace(from, to).replace("NONE", '"auction_1"');
    assertNotEquals(forged, honest, "the forgery changed something");
    const error = assertThrows(() => deserialize(new TextEncoder().encode(forged)), HorizonError);
    assertEquals(error.code, "data_corrupt");
  });
}
