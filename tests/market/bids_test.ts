import { assertEquals } from "@std/assert";
import { nextDeadline } from "../../src/market/market.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import {
  actorId,
  DOLLAR,
  HOUR_MS,
  judgement,
  MINUTE_MS,
  NODE,
  OTHER,
  OWNER,
  refusal,
  RENTER,
  Rig,
  SERVED,
  verdictOf,
} from "./rig.ts";

const THIRD = actorId("T");

/** A market with free GPUs of OWNER's at half a dollar, and three bidders with 10 dollars each. */
function market(gpu_ids = ["g"], mode: "served" | "embedded" = "served"): Rig {
  const rig = new Rig({ mode });
  for (const gpu_id of gpu_ids) rig.list(gpu_id, { price: 500_000 });
  for (const bidder of [RENTER, OTHER, THIRD]) rig.deposit(bidder, 10 * DOLLAR);
  return rig;
}

const ask = (rig: Rig, price_micros_per_hour: number, gpu_id = "g") =>
  rig.act(OWNER, "gpu.update", { gpu_id, price_micros_per_hour });
const at = (price_micros_per_hour: number) => ({ gpu_id: "g", price_micros_per_hour });

Deno.test("a standing bid holds its money until it is cancelled, by its bidder alone", () => {
  const rig = market();
  const bid_id = rig.bid(RENTER, { ...at(300_000), duration_s: 7200 });
  assertEquals(rig.money(RENTER), [10 * DOLLAR - 600_000, 600_000, 0]);
  assertEquals([rig.bidView(bid_id).state, rig.pass(1)], ["resting", []]);
  refusal("forbidden", () => rig.act(OTHER, "bid.cancel", { bid_id }));
  refusal("bid_not_found", () => rig.act(RENTER, "bid.cancel", { bid_id: "bid_999" }));
  rig.act(RENTER, "bid.cancel", { bid_id });
  assertEquals(rig.money(RENTER), [10 * DOLLAR, 0, 0]);
  assertEquals(rig.bidView(bid_id).state, "cancelled");
  refusal("bid_state", () => rig.act(RENTER, "bid.cancel", { bid_id }));
});

Deno.test("a standing bid at the ask is filled at once, at the ask, and the rest of its hold is released", () => {
  const rig = market();
  const bid_id = rig.bid(RENTER, at(2 * DOLLAR));
  assertEquals(nextDeadline(rig.state), rig.state.at);
  const events = rig.pass(0);
  assertEquals(events.map(({ type }) => type), ["bid.filled"]);
  const lease_id = `lease_${rig.state.seq}`;
  assertEquals(rig.gpu("g").lease_id, lease_id);
  assertEquals(rig.lease(lease_id).price_micros_per_hour, 500_000);
  assertEquals(rig.money(RENTER), [10 * DOLLAR - 500_000, 500_000, 0]);
  const { state, filled, hold_micros, lease_ids } = rig.bidView(bid_id);
  assertEquals([state, filled, hold_micros, lease_ids], ["filled", 1, 0, [lease_id]]);
  rig.pass(HOUR_MS);
  assertEquals(rig.money(OWNER), [0, 0, 500_000]);
});

Deno.test("a lower ask takes up the highest bid, of equal ones the earlier", () => {
  const rig = market();
  const low = rig.bid(RENTER, at(200_000));
  const early = rig.bid(OTHER, at(300_000));
  const late = rig.bid(THIRD, at(300_000));
  ask(rig, 300_001);
  assertEquals(rig.pass(0), []);
  ask(rig, 250_000);
  rig.pass(0);
  const states = [low, early, late].map((bid_id) => rig.bidView(bid_id).state);
  assertEquals(states, ["resting", "filled", "resting"]);
  assertEquals(rig.lease(rig.gpu("g").lease_id ?? "").price_micros_per_hour, 250_000);
});

Deno.test("a lease that ends, a provider that is back and a proof that holds take up a bid", () => {
  const rig = market();
  const lease_id = rig.rent("g", 3600);
  const hour = { gpu_id: "g", duration_s: 3600 };
  const first = rig.bid(RENTER, hour);
  rig.act(RENTER, "lease.end", { lease_id });
  assertEquals([rig.pass(0).length, rig.bidView(first).state], [1, "filled"]);
  rig.act(RENTER, "lease.end", { lease_id: rig.gpu("g").lease_id ?? "" });
  rig.liveness("g", false);
  const second = rig.bid(RENTER, hour);
  assertEquals(rig.pass(0), []);
  rig.liveness("g", true);
  assertEquals([rig.pass(0).length, rig.bidView(second).state], [1, "filled"]);
  rig.act(RENTER, "lease.end", { lease_id: rig.gpu("g").lease_id ?? "" });
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("software")));
  const third = rig.bid(RENTER, hour);
  assertEquals(rig.pass(0), []);
  rig.act(NODE, "node.settings", { ...SERVED, allow_software: true });
  assertEquals([rig.pass(0).length, rig.bidView(third).state], [1, "filled"]);
});

Deno.test("a standing bid expires, in ninety days if it doesn't say when", () => {
  const rig = market();
  const soon = rig.bid(RENTER, { ...at(1_000), expires_at: rig.at + 60_000 });
  const late = rig.bid(RENTER, at(1_000));
  assertEquals(rig.bidView(late).expires_at, rig.at + LIMITS.bid_life_max_ms);
  for (const expires_at of [rig.at, rig.at + LIMITS.bid_life_max_ms + 1]) {
    refusal("invalid_input", () => rig.bid(RENTER, { ...at(1_000), expires_at }));
  }
  assertEquals(rig.pass(59_999), []);
  assertEquals(rig.pass(1).map(({ type }) => type), ["bid.ended"]);
  assertEquals([rig.bidView(soon).state, rig.bidView(late).state], ["expired", "resting"]);
  assertEquals(rig.money(RENTER), [10 * DOLLAR - 1_000, 1_000, 0]);
});

Deno.test("a bid is refused on one's own GPU, on none, on two at once, for no time, and without the money", () => {
  const rig = market();
  refusal("gpu_not_found", () => rig.bid(RENTER, { gpu_id: "none" }));
  refusal("own_gpu", () => rig.bid(OWNER, at(1)));
  refusal("invalid_input", () => rig.bid(RENTER, {}));
  refusal("invalid_input", () => rig.bid(RENTER, { gpu_id: "g", where: "vram_gb>=1" }));
  refusal("invalid_input", () => rig.bid(RENTER, { ...at(1), quantity: 2 }));
  refusal("invalid_input", () => rig.bid(RENTER, { ...at(1), duration_s: null }));
  const error = refusal("insufficient_funds", () => rig.bid(RENTER, at(10 * DOLLAR + 1)));
  assertEquals(error.details?.missing_micros, 1);
});

Deno.test("a standing bid enters the next auction of its GPU, with its money for the auction's hours", () => {
  const rig = market();
  const open = rig.bid(RENTER, at(400_000));
  const low = rig.bid(THIRD, at(99_999));
  const auction_id = rig.auction("g", { duration_s: 7200 });
  assertEquals(rig.pass(0).map(({ type }) => type), ["bid.entered"]);
  assertEquals(rig.bidView(open).hold_micros, 800_000);
  assertEquals([rig.bidView(open).state, rig.bidView(open).auction_id], ["entered", auction_id]);
  const sealed = rig.seal(OTHER, auction_id, 700_000, { cap: 2 * DOLLAR });
  rig.pass(10 * MINUTE_MS);
  const { price_micros_per_hour, fills } = rig.clear(auction_id);
  assertEquals([price_micros_per_hour, fills[0]?.bid_id], [400_000, sealed]);
  assertEquals([rig.bidView(open).state, rig.bidView(low).state], ["lost", "resting"]);
  assertEquals(rig.money(RENTER), [10 * DOLLAR, 0, 0]);
});

Deno.test("a standing bid that can't pay the auction's hours is dropped, and says why", () => {
  const rig = market();
  const poor = rig.bid(RENTER, at(400_000));
  rig.auction("g", { duration_s: 100 * 3600 });
  rig.pass(0);
  const { state, reason } = rig.bidView(poor);
  assertEquals([state, reason, rig.money(RENTER)], ["dropped", "insufficient_funds", [
    10 * DOLLAR,
    0,
    0,
  ]]);
});

Deno.test("of the standing bids only the best enters an English auction", () => {
  const rig = market();
  const best = rig.bid(RENTER, at(400_000));
  const second = rig.bid(OTHER, at(399_999));
  const auction_id = rig.auction("g", { format: "english" });
  assertEquals(rig.pass(0).length, 1);
  assertEquals(rig.auctionView(auction_id).best_micros_per_hour, 400_000);
  assertEquals([rig.bidView(best).state, rig.bidView(second).state], ["entered", "resting"]);
  rig.pass(10 * MINUTE_MS);
  assertEquals(rig.bidView(best).state, "filled");
});

Deno.test("bids on a GPU that is gone are dropped", () => {
  const rig = market();
  const bid_ids = [rig.bid(RENTER, at(1)), rig.bid(OTHER, at(2))];
  rig.act(OWNER, "gpu.deregister", { gpu_id: "g", force: false });
  assertEquals(rig.pass(0).length, 2);
  assertEquals(bid_ids.map((id) => rig.bidView(id).reason), ["gpu_gone", "gpu_gone"]);
});

Deno.test("when an embedded registry begins to serve, a bid on one's own GPU is dropped", () => {
  const rig = market(["g"], "embedded");
  rig.deposit(OWNER, DOLLAR);
  const bid_id = rig.bid(OWNER, at(1));
  assertEquals(rig.pass(0), []);
  rig.act(NODE, "node.settings", SERVED);
  rig.pass(0);
  assertEquals(rig.bidView(bid_id).reason, "own_gpu");
});

Deno.test("one actor may have so many open bids and no more", () => {
  const rig = market();
  rig.watches_state = false;
  for (let i = 0; i < LIMITS.bids_per_actor; i++) rig.bid(RENTER, at(0));
  refusal("limit_reached", () => rig.bid(RENTER, at(0)));
  rig.bid(OTHER, at(0));
});
