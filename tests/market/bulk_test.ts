import { assert, assertEquals } from "@std/assert";
import { deserialize, serialize, stateHash } from "../../src/market/market.ts";
import { type BulkBid, encodeBulkBids } from "../../src/protocol/bulk_bids.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { Random } from "../random.ts";
import { DOLLAR, NODE, OTHER, refusal, RENTER, Rig } from "./rig.ts";

const WHERE = ["vram_gb>=1", "price<0.4", "vram_gb>=1000"];

function market(): Rig {
  const rig = new Rig();
  rig.watches_state = false;
  for (let i = 0; i < 12; i++) rig.list(`gpu-${i}`, { price: 100_000 + 50_000 * i });
  for (const bidder of [RENTER, OTHER]) rig.deposit(bidder, 1_000 * DOLLAR);
  return rig;
}

function placeBulk(rig: Rig, bidder: string, bids: BulkBid[], where = WHERE): string {
  const body = { where, bids: encodeBulkBids(bids), expires_at: null };
  const event = rig.act(bidder, "bid.bulk", body);
  assert(event.type === "bids.placed");
  assertEquals(event.data.count, bids.length);
  return event.data.bid_id;
}

function randomBids(random: Random, count: number): BulkBid[] {
  return Array.from({ length: count }, () => ({
    price_micros_per_hour: 10_000 * random.below(60),
    duration_s: 60 + random.below(600),
    quantity: 1 + random.below(3),
    where: random.below(WHERE.length),
  }));
}

Deno.test("bids in bulk hold and are filled like the same bids one by one", () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  for (let round = 0; round < 50; round++) {
    const bids = randomBids(random, 1 + random.below(12));
    const [bulk, single] = [market(), market()];
    const prefix = placeBulk(bulk, RENTER, bids);
    const ids = bids.map(({ where, ...terms }) => {
      const text = WHERE[where] ?? "";
      return single.bid(RENTER, { gpu_id: null, where: text, ...terms });
    });
    assertEquals(bulk.money(RENTER), single.money(RENTER));
    for (const rig of [bulk, single]) rig.act(NODE, "market.clear", {});
    assertEquals(bulk.money(RENTER), single.money(RENTER));
    for (const [i, id] of ids.entries()) {
      const gpus = (rig: Rig, bid_id: string) =>
        rig.bidView(bid_id).lease_ids.map((lease) => rig.lease(lease).gpu_id);
      assertEquals(gpus(bulk, `${prefix}-${i + 1}`), gpus(single, id));
    }
    assertEquals(stateHash(deserialize(serialize(bulk.state))), stateHash(bulk.state));
  }
});

Deno.test("a bulk that costs more than one has is refused whole, with what is missing", () => {
  const rig = market();
  const dear = { price_micros_per_hour: 600 * DOLLAR, duration_s: 3600, quantity: 1, where: 0 };
  const error = refusal("insufficient_funds", () => placeBulk(rig, RENTER, [dear, dear]));
  assertEquals(error.details?.["missing_micros"], 200 * DOLLAR);
  assertEquals(rig.money(RENTER), [1_000 * DOLLAR, 0, 0]);
});

Deno.test("a bulk with a filter that can't be read, or beyond one's limit, is refused", () => {
  const rig = market();
  const bid = { price_micros_per_hour: 1, duration_s: 60, quantity: 1, where: 0 };
  refusal("invalid_filter", () => placeBulk(rig, RENTER, [bid], ["vrm>1"]));
  const full = Array.from({ length: LIMITS.bulk_bids }, () => bid);
  const rounds = Math.floor(LIMITS.bids_per_actor / LIMITS.bulk_bids);
  for (let i = 0; i < rounds; i++) placeBulk(rig, RENTER, full);
  refusal("limit_reached", () => placeBulk(rig, RENTER, full));
  assertEquals(rig.state.orders.size, rounds * LIMITS.bulk_bids);
});

Deno.test("each bid of a bulk can be taken back alone", () => {
  const rig = market();
  const bid = { price_micros_per_hour: DOLLAR, duration_s: 3600, quantity: 1, where: 2 };
  const prefix = placeBulk(rig, RENTER, [bid, bid]);
  assertEquals(rig.money(RENTER), [998 * DOLLAR, 2 * DOLLAR, 0]);
  rig.act(RENTER, "bid.cancel", { bid_id: `${prefix}-2` });
  assertEquals(rig.money(RENTER), [999 * DOLLAR, DOLLAR, 0]);
  assertEquals(rig.bidView(`${prefix}-1`).state, "resting");
});
