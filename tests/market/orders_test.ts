import { assertEquals } from "@std/assert";
import { explainOrder, MAX_ROUND_FILLS } from "../../src/market/market.ts";
import {
  DOLLAR,
  judgement,
  MINUTE_MS,
  NODE,
  OTHER,
  OWNER,
  present,
  refusal,
  registration,
  RENTER,
  Rig,
  verdictOf,
} from "./rig.ts";

/** A market with GPUs of OWNER's at these asks, and two bidders with 10 dollars each. */
function market(asks: Record<string, number>): Rig {
  const rig = new Rig();
  for (const [gpu_id, price] of Object.entries(asks)) rig.list(gpu_id, { price });
  for (const bidder of [RENTER, OTHER]) rig.deposit(bidder, 10 * DOLLAR);
  return rig;
}

function round(rig: Rig): unknown {
  return rig.act(NODE, "market.clear", {}).data;
}

const leased = (rig: Rig, bid_id: string) =>
  rig.bidView(bid_id).lease_ids.map((id) => {
    const { gpu_id, price_micros_per_hour } = rig.lease(id);
    return [gpu_id, price_micros_per_hour];
  });

Deno.test("a round serves the highest price first, each order the cheapest GPUs, at their asks", () => {
  const rig = market({ c: 300_000, b: 200_000, a: 200_000, d: 900_000 });
  const low = rig.bid(RENTER, { where: "vram_gb>=24", price_micros_per_hour: 400_000 });
  const high = rig.bid(OTHER, {
    where: "vram_gb>=24",
    price_micros_per_hour: 500_000,
    quantity: 2,
  });
  assertEquals(rig.money(OTHER), [9 * DOLLAR, DOLLAR, 0]);
  assertEquals(rig.pass(MINUTE_MS), [], "orders wait for a round");
  const from = rig.state.seq + 1;
  assertEquals(round(rig), { filled: 3 });
  assertEquals(rig.types(from), ["bid.filled", "bid.filled", "market.cleared"]);
  assertEquals(leased(rig, high), [["a", 200_000], ["b", 200_000]]);
  assertEquals(leased(rig, low), [["c", 300_000]]);
  assertEquals(rig.money(OTHER), [10 * DOLLAR - 400_000, 400_000, 0]);
  assertEquals([rig.bidView(high).state, rig.bidView(high).hold_micros], ["filled", 0]);
});

Deno.test("an order that is filled in part keeps the rest of its hold, and goes on resting", () => {
  const rig = market({ a: 200_000 });
  const bid_id = rig.bid(RENTER, {
    where: "vram_gb>=1",
    price_micros_per_hour: 300_000,
    quantity: 3,
  });
  round(rig);
  const { state, filled, hold_micros } = rig.bidView(bid_id);
  assertEquals([state, filled, hold_micros], ["resting", 1, 600_000]);
  assertEquals(rig.money(RENTER), [10 * DOLLAR - 800_000, 800_000, 0]);
  rig.list("b", { price: 300_000 });
  round(rig);
  assertEquals(rig.bidView(bid_id).filled, 2);
  rig.act(RENTER, "bid.cancel", { bid_id });
  assertEquals(rig.money(RENTER), [10 * DOLLAR - 500_000, 500_000, 0]);
  assertEquals(rig.bidView(bid_id).lease_ids.length, 2);
});

Deno.test("of equal prices the earlier order goes first", () => {
  const rig = market({ a: 200_000 });
  const early = rig.bid(RENTER, { where: "vram_gb>1" });
  const late = rig.bid(OTHER, { where: "vram_gb>2" });
  round(rig);
  assertEquals([rig.bidView(early).state, rig.bidView(late).state], ["filled", "resting"]);
});

Deno.test("an order takes only what its filter lets through, and never its bidder's own", () => {
  const rig = market({ a: 100_000, b: 200_000, c: 300_000 });
  rig.list("mine", { owner: RENTER, price: 1 });
  const bid_id = rig.bid(RENTER, { where: "gpu_id!=a price<0.3", quantity: 9 });
  assertEquals(round(rig), { filled: 1 });
  assertEquals(leased(rig, bid_id), [["b", 200_000]]);
});

Deno.test("leased, offline, unlisted and auctioned GPUs are not in a round", () => {
  const rig = market({ a: 1, b: 1, c: 1, d: 1 });
  rig.rent("a", 60);
  rig.liveness("b", false);
  rig.act(NODE, "gpu.judge", judgement("c", verdictOf("failed")));
  rig.auction("d");
  rig.bid(OTHER, { where: "vram_gb>=1", quantity: 4 });
  assertEquals(round(rig), { filled: 0 });
});

Deno.test("an order with a filter that can't be read is refused, and a round is the registry's alone", () => {
  const rig = market({ a: 1 });
  const error = refusal(
    "invalid_filter",
    () => rig.bid(RENTER, { where: "vram_gb>=24 colour=red" }),
  );
  assertEquals(error.details?.position, 13);
  refusal("invalid_filter", () => rig.bid(RENTER, { where: "vram_gb=big" }));
  refusal("invalid_input", () => rig.bid(RENTER, { where: "vram_gb>=1", duration_s: null }));
  refusal("forbidden", () => rig.act(OWNER, "market.clear", {}));
});

Deno.test("a round that is cut goes on in the next one, as if it had not been cut", () => {
  const rig = new Rig();
  rig.watches_state = false;
  rig.deposit(RENTER, DOLLAR);
  rig.deposit(OTHER, DOLLAR);
  for (let i = 0; i < 600; i++) {
    const owner = i < 300 ? OWNER : NODE;
    rig.list(`gpu-${String(i).padStart(4, "0")}`, { owner, price: 1 + i % 7 });
  }
  const first = rig.bid(RENTER, { where: "vram_gb>=1", price_micros_per_hour: 9, quantity: 450 });
  const second = rig.bid(OTHER, { where: "vram_gb>=1", price_micros_per_hour: 8, quantity: 450 });
  assertEquals(round(rig), { filled: MAX_ROUND_FILLS });
  assertEquals([rig.bidView(first).filled, rig.bidView(second).filled], [450, 50]);
  assertEquals(round(rig), { filled: 100 });
  const ids = [...rig.state.leases.values()].map(({ gpu_id }) => gpu_id);
  assertEquals([ids.length, new Set(ids).size], [600, 600]);
});

Deno.test("an order's near misses name what each GPU fails, the nearest first", () => {
  const rig = market({ dear: 900_000, off: 100_000, both: 950_000 });
  rig.liveness("off", false);
  rig.liveness("both", false);
  rig.act(OWNER, "gpu.register", { ...registration("small", 100_000), vram_gb: 8 });
  const bid_id = rig.bid(RENTER, {
    where: 'vram_gb >= 24 type~"rtx 3090"',
    price_micros_per_hour: 500_000,
  });
  assertEquals(explainOrder(rig.state, present(rig.state.bids.get(bid_id))), [
    { gpu_id: "off", fails: ["offline"] },
    { gpu_id: "dear", fails: ["price: asks $0.90, bids $0.50"] },
    { gpu_id: "both", fails: ["price: asks $0.95, bids $0.50", "offline"] },
    { gpu_id: "small", fails: ["vram_gb >= 24", "not listed: unproven", "offline"] },
  ]);
});

Deno.test("at most a hundred near misses are named", () => {
  const rig = market({});
  rig.watches_state = false;
  for (let i = 0; i < 150; i++) rig.list(`g${i}`, { price: DOLLAR + (i * 37) % 150 });
  const bid_id = rig.bid(RENTER, { where: "vram_gb>=1", price_micros_per_hour: 1 });
  const misses = explainOrder(rig.state, present(rig.state.bids.get(bid_id)));
  const asks = misses.map(({ gpu_id }) => rig.gpu(gpu_id).price_micros_per_hour - DOLLAR);
  assertEquals(asks, Array.from({ length: 100 }, (_, i) => i));
});
