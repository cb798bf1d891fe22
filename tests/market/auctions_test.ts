import { assertEquals, assertNotEquals } from "@std/assert";
import { movementsOf } from "../../src/market/market.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import {
  actorId,
  auctionOf,
  DOLLAR,
  HASH,
  HOUR_MS,
  judgement,
  MINUTE_MS,
  NODE,
  OTHER,
  OWNER,
  present,
  refusal,
  registration,
  rental,
  RENTER,
  Rig,
  verdictOf,
} from "./rig.ts";

const THIRD = actorId("T");
const BIDDERS = [RENTER, OTHER, THIRD];

/** A market with free GPUs of OWNER's, and three bidders with 1,000 dollars each. */
function market(gpu_ids = ["g"], mode: "served" | "embedded" = "served"): Rig {
  const rig = new Rig({ mode });
  for (const gpu_id of gpu_ids) rig.list(gpu_id, { price: 500_000 });
  for (const bidder of BIDDERS) rig.deposit(bidder, 1_000 * DOLLAR);
  return rig;
}

Deno.test("a GPU on auction is not available, can't be rented or registered again, and says so", () => {
  const rig = market();
  const auction_id = rig.auction("g");
  assertEquals([rig.gpu("g").available, rig.gpu("g").auction_id], [false, auction_id]);
  refusal("gpu_on_auction", () => rig.act(RENTER, "lease.rent", rental("g", 60)));
  refusal("gpu_on_auction", () => rig.act(OWNER, "gpu.register", registration("g", 1)));
  refusal("gpu_on_auction", () => rig.act(OWNER, "gpu.deregister", { gpu_id: "g", force: false }));
  rig.act(OWNER, "gpu.update", { gpu_id: "g", price_micros_per_hour: 7 });
});

Deno.test("only the owner of a free, listed, online GPU puts it on auction, once", () => {
  const rig = market();
  const start = (actor: string) => () => rig.act(actor, "auction.start", auctionOf("g"));
  refusal("gpu_not_found", () => rig.act(OWNER, "auction.start", auctionOf("none")));
  refusal("forbidden", start(RENTER));
  rig.liveness("g", false);
  refusal("gpu_offline", start(OWNER));
  rig.liveness("g", true);
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("failed")));
  refusal("gpu_not_listed", start(OWNER));
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("verified")));
  const lease_id = rig.rent("g", 60);
  refusal("gpu_leased", start(OWNER));
  rig.act(RENTER, "lease.end", { lease_id });
  refusal("invalid_input", () => rig.act(OWNER, "auction.start", { ...auctionOf("g"), units: 2 }));
  start(OWNER)();
  refusal("auction_exists", start(OWNER));
});

Deno.test("the reserve is the ask unless the owner says otherwise", () => {
  const rig = market(["g", "h"]);
  const asked = rig.auction("g", { reserve_micros_per_hour: null });
  assertEquals(rig.auctionView(asked).reserve_micros_per_hour, 500_000);
  assertEquals(rig.auctionView(rig.auction("h")).reserve_micros_per_hour, 100_000);
});

Deno.test("a second-price auction gives the highest bid a lease at the second price, and releases the rest", () => {
  const rig = market();
  const auction_id = rig.auction("g", { duration_s: 7200 });
  const low = rig.seal(RENTER, auction_id, 300_000);
  const high = rig.seal(OTHER, auction_id, 900_000);
  assertEquals(rig.money(OTHER), [900 * DOLLAR, 100 * DOLLAR, 0]);
  assertEquals(rig.pass(10 * MINUTE_MS).map(({ type }) => type), ["auction.closed"]);
  assertEquals(rig.auctionView(auction_id).state, "closed");
  const { price_micros_per_hour, fills } = rig.clear(auction_id);
  assertEquals(price_micros_per_hour, 300_000);
  const lease_id = fills[0]?.leases[0]?.lease_id ?? "";
  const lease = rig.lease(lease_id);
  assertEquals([lease.renter, lease.owner, lease.hold_micros], [OTHER, OWNER, 600_000]);
  assertEquals([lease.started_at, lease.ends_at], [rig.at, rig.at + 2 * HOUR_MS]);
  assertEquals(rig.money(OTHER), [1_000 * DOLLAR - 600_000, 600_000, 0]);
  assertEquals(rig.money(RENTER), [1_000 * DOLLAR, 0, 0]);
  assertEquals([rig.bidView(high).state, rig.bidView(low).state], ["filled", "lost"]);
  const view = rig.auctionView(auction_id);
  assertEquals([view.state, view.reason, view.bids], ["cleared", null, 2]);
  assertEquals(view.winners, [{ bid_id: high, bidder: OTHER, units: 1, lease_ids: [lease_id] }]);
  assertEquals([rig.gpu("g").lease_id, rig.gpu("g").auction_id], [lease_id, null]);
});

Deno.test("in a first-price auction the winner pays their own price, and of equal bids the earlier wins", () => {
  const rig = market();
  const auction_id = rig.auction("g", { format: "first-price" });
  const early = rig.seal(RENTER, auction_id, 800_000);
  rig.seal(OTHER, auction_id, 800_000);
  rig.act(OWNER, "auction.end", { auction_id });
  const { price_micros_per_hour, fills } = rig.clear(auction_id);
  assertEquals([price_micros_per_hour, fills[0]?.bid_id], [800_000, early]);
});

Deno.test("a sealed bid shows nobody its price, and holds its cap, until it is opened", () => {
  const rig = market();
  const auction_id = rig.auction("g");
  const bid_id = rig.seal(RENTER, auction_id, 345_678, { cap: 5 * DOLLAR });
  const { price_micros_per_hour, hold_micros, commitment } = rig.bidView(bid_id);
  assertEquals([price_micros_per_hour, hold_micros], [null, 5 * DOLLAR]);
  assertNotEquals(commitment, null);
  assertEquals(rig.auctionView(auction_id).best_micros_per_hour, null);
  assertEquals(JSON.stringify(rig.events.slice(-1)).includes("345678"), false);
  rig.pass(10 * MINUTE_MS);
  rig.clear(auction_id);
  assertEquals(rig.bidView(bid_id).price_micros_per_hour, 345_678);
});

Deno.test("an opening that isn't the commitment's, is not of the auction, or comes before the close is refused", () => {
  const rig = market(["g", "h"]);
  const auction_id = rig.auction("g");
  const bid_id = rig.seal(RENTER, auction_id, 200_000);
  const stranger = rig.seal(OTHER, rig.auction("h"), 200_000);
  const right = {
    bid_id,
    price_micros_per_hour: 200_000,
    salt: (200_000).toString(16).padStart(32, "0"),
  };
  const reveal = (actor: string, openings: typeof right[]) => () =>
    rig.act(actor, "auction.reveal", { auction_id, openings });
  refusal("auction_state", reveal(NODE, [right]));
  refusal("auction_state", () => rig.act(NODE, "auction.clear", { auction_id }));
  rig.act(OWNER, "auction.end", { auction_id });
  refusal("forbidden", reveal(OWNER, [right]));
  refusal("bid_unopened", reveal(NODE, [{ ...right, price_micros_per_hour: 200_001 }]));
  refusal("bid_unopened", reveal(NODE, [{ ...right, salt: HASH.slice(32) }]));
  refusal("bid_state", reveal(NODE, [{ ...right, bid_id: stranger }]));
  refusal("bid_not_found", reveal(NODE, [{ ...right, bid_id: "bid_99999" }]));
  refusal("bid_state", reveal(NODE, [right, right]));
  reveal(NODE, [right])();
  refusal("bid_state", reveal(NODE, [right]));
  refusal("forbidden", () => rig.act(OWNER, "auction.clear", { auction_id }));
});

Deno.test("a bid that was never opened, costs more than its cap or is below the reserve is dropped with the reason", () => {
  const rig = market();
  const auction_id = rig.auction("g");
  const silent = rig.seal(RENTER, auction_id, 900_000);
  const capped = rig.seal(OTHER, auction_id, 800_000, { cap: 799_999 });
  const low = rig.seal(THIRD, auction_id, 99_999);
  const fair = rig.seal(THIRD, auction_id, 100_000);
  rig.openings.delete(silent);
  rig.pass(10 * MINUTE_MS);
  const { price_micros_per_hour, fills, dropped } = rig.clear(auction_id);
  assertEquals(dropped, [
    { bid_id: silent, reason: "unopened" },
    { bid_id: capped, reason: "cap_exceeded" },
    { bid_id: low, reason: "below_reserve" },
  ]);
  assertEquals([price_micros_per_hour, fills[0]?.bid_id], [100_000, fair]);
  assertEquals([rig.bidView(silent).state, rig.bidView(silent).reason], ["dropped", "unopened"]);
  assertEquals(rig.money(RENTER), [1_000 * DOLLAR, 0, 0]);
});

Deno.test("without a bid at the reserve, or with its GPU offline, an auction sells nothing and releases everything", () => {
  const rig = market(["g", "h"]);
  const [empty, gone] = [rig.auction("g"), rig.auction("h")];
  rig.seal(RENTER, gone, 900_000);
  rig.liveness("h", false);
  rig.pass(10 * MINUTE_MS);
  assertEquals([rig.clear(empty).reason, rig.clear(gone).reason], ["no_bids", "gpu_gone"]);
  assertEquals(rig.auctionView(gone).price_micros_per_hour, null);
  assertEquals(rig.money(RENTER), [1_000 * DOLLAR, 0, 0]);
  assertEquals([rig.gpu("g").available, rig.gpu("h").auction_id], [true, null]);
});

Deno.test("sealed bids are refused to the owner, after the close, beyond the units, without the money, and in an English auction", () => {
  const rig = market(["g", "h"]);
  const auction_id = rig.auction("g");
  refusal("auction_not_found", () => rig.seal(RENTER, "auction_9999", 1));
  refusal("own_gpu", () => rig.seal(OWNER, auction_id, 900_000));
  refusal("invalid_input", () => rig.seal(RENTER, auction_id, 900_000, { quantity: 2 }));
  const error = refusal(
    "insufficient_funds",
    () => rig.seal(RENTER, auction_id, 900_000, { cap: 1_001 * DOLLAR }),
  );
  assertEquals(error.details?.missing_micros, DOLLAR);
  refusal("sealed_auction", () => rig.bid(RENTER, { gpu_id: "g" }));
  const english = rig.auction("h", { format: "english" });
  refusal("auction_state", () => rig.seal(RENTER, english, 900_000));
  rig.act(OWNER, "auction.end", { auction_id });
  refusal("auction_state", () => rig.seal(RENTER, auction_id, 900_000));
  refusal("auction_state", () => rig.act(OWNER, "auction.end", { auction_id }));
});

Deno.test("on the embedded registry one may bid on one's own GPU", () => {
  const rig = market(["g"], "embedded");
  rig.deposit(OWNER, 200 * DOLLAR);
  const auction_id = rig.auction("g");
  rig.seal(OWNER, auction_id, 900_000);
  rig.pass(10 * MINUTE_MS);
  assertEquals(rig.clear(auction_id).fills.length, 1);
});

Deno.test("an English bid must beat the best by the increment, and releases the one that it beats", () => {
  const rig = market();
  const auction_id = rig.auction("g", { format: "english" });
  const least = (price: number) =>
    refusal("below_reserve", () => rig.bid(RENTER, { gpu_id: "g", price_micros_per_hour: price }))
      .details?.least_micros_per_hour;
  assertEquals(least(99_999), 100_000);
  const first = rig.bid(RENTER, { gpu_id: "g", price_micros_per_hour: 100_050, duration_s: null });
  assertEquals(least(101_050), 101_051);
  assertEquals(rig.money(RENTER), [1_000 * DOLLAR - 100_050, 100_050, 0]);
  const from = rig.state.seq + 1;
  const second = rig.bid(OTHER, { gpu_id: "g", price_micros_per_hour: 101_051 });
  assertEquals(rig.types(from), ["bid.ended", "bid.placed"]);
  assertEquals(rig.money(RENTER), [1_000 * DOLLAR, 0, 0]);
  assertEquals([rig.bidView(first).state, rig.bidView(second).state], ["outbid", "entered"]);
  assertEquals(rig.auctionView(auction_id).best_micros_per_hour, 101_051);
  refusal("bid_state", () => rig.act(OTHER, "bid.cancel", { bid_id: second }));
  assertEquals(rig.pass(10 * MINUTE_MS).map(({ type }) => type), ["auction.cleared"]);
  const view = rig.auctionView(auction_id);
  assertEquals([view.price_micros_per_hour, view.winners[0]?.bid_id], [101_051, second]);
  assertEquals(rig.money(OTHER), [1_000 * DOLLAR - 101_051, 101_051, 0]);
});

Deno.test("who outbids themselves needs no more money than the new bid", () => {
  const rig = market();
  rig.auction("g", { format: "english" });
  const price = (dollars: number) => ({ gpu_id: "g", price_micros_per_hour: dollars * DOLLAR });
  rig.bid(RENTER, price(600));
  rig.bid(RENTER, price(1_000));
  assertEquals(rig.money(RENTER), [0, 1_000 * DOLLAR, 0]);
  refusal("insufficient_funds", () => rig.bid(RENTER, price(1_010)));
  refusal("invalid_input", () => rig.bid(OTHER, { ...price(1_010), duration_s: 60 }));
});

Deno.test("a bid in the last minute leaves a whole one, sixty times at most", () => {
  const rig = market();
  const auction_id = rig.auction("g", { format: "english" });
  rig.bid(RENTER, { gpu_id: "g", price_micros_per_hour: 200_000 });
  const { ends_at } = rig.auctionView(auction_id);
  rig.pass(ends_at - rig.at - 1_000);
  const from = rig.state.seq + 1;
  rig.bid(OTHER, { gpu_id: "g", price_micros_per_hour: 300_000 });
  assertEquals(rig.types(from), ["auction.extended", "bid.ended", "bid.placed"]);
  assertEquals(rig.auctionView(auction_id).ends_at, rig.at + MINUTE_MS);
  rig.watches_state = false;
  let price = 400_000;
  for (let i = 1; i <= LIMITS.soft_close_extensions; i++) {
    rig.pass(1_000);
    price += 100_000;
    rig.bid(i % 2 === 0 ? OTHER : RENTER, { gpu_id: "g", price_micros_per_hour: price });
  }
  assertEquals(rig.state.auctions.get(auction_id)?.extensions, LIMITS.soft_close_extensions);
  assertEquals(rig.auctionView(auction_id).ends_at, rig.at - 1_000 + MINUTE_MS);
});

Deno.test("an auction shorter than the soft close extends by its own length", () => {
  const rig = market();
  const auction_id = rig.auction("g", { format: "english", timeout_ms: 5_000 });
  rig.pass(3_000);
  rig.bid(RENTER, { gpu_id: "g", price_micros_per_hour: 200_000 });
  assertEquals(rig.auctionView(auction_id).ends_at, rig.at + 5_000);
});

Deno.test("the owner alone ends an auction, and an English one clears at once", () => {
  const rig = market();
  const auction_id = rig.auction("g", { format: "english" });
  rig.bid(RENTER, { gpu_id: "g", price_micros_per_hour: 200_000 });
  refusal("forbidden", () => rig.act(RENTER, "auction.end", { auction_id }));
  const event = rig.act(OWNER, "auction.end", { auction_id });
  assertEquals(event.type, "auction.cleared");
  assertEquals(rig.gpu("g").lease_id, `lease_${event.seq}`);
});

Deno.test("a uniform auction sells the owner's free GPUs of the class at one price, the last bid in part", () => {
  const rig = market(["c", "a", "b", "d"]);
  rig.rent("b", 60);
  const free = refusal("limit_reached", () => rig.auction("c", { format: "uniform", units: 4 }));
  assertEquals(free.details, { free: 3 });
  const auction_id = rig.auction("c", { format: "uniform", units: 3 });
  assertEquals(rig.auctionView(auction_id).gpu_ids, ["c", "a", "d"]);
  const top = rig.seal(RENTER, auction_id, 900_000, { quantity: 2 });
  const margin = rig.seal(OTHER, auction_id, 400_000, { quantity: 2 });
  rig.seal(THIRD, auction_id, 400_000, { quantity: 1 });
  rig.pass(10 * MINUTE_MS);
  const { price_micros_per_hour, fills } = rig.clear(auction_id);
  assertEquals(price_micros_per_hour, 400_000);
  assertEquals(fills.map(({ bid_id, leases }) => [bid_id, leases.map(({ gpu_id }) => gpu_id)]), [
    [top, ["c", "a"]],
    [margin, ["d"]],
  ]);
  const { seq } = rig.state;
  const ids = fills.flatMap(({ leases }) => leases.map(({ lease_id }) => lease_id));
  assertEquals(ids, [`lease_${seq}`, `lease_${seq}-1`, `lease_${seq}-2`]);
  assertEquals(rig.money(OTHER), [1_000 * DOLLAR - 400_000, 400_000, 0]);
  assertEquals(rig.money(THIRD), [1_000 * DOLLAR, 0, 0]);
  assertEquals(rig.bidView(margin).filled, 1);
  rig.pass(HOUR_MS);
  assertEquals(rig.money(OWNER)[2], 3 * 400_000 + 8_333, "all three leases expired, and were paid");
});

Deno.test("units whose GPU went offline are not sold", () => {
  const rig = market(["a", "b"]);
  const auction_id = rig.auction("a", { format: "uniform", units: 2 });
  rig.seal(RENTER, auction_id, 900_000, { quantity: 1 });
  rig.seal(OTHER, auction_id, 400_000, { quantity: 1 });
  rig.liveness("a", false);
  rig.pass(10 * MINUTE_MS);
  const { price_micros_per_hour, fills } = rig.clear(auction_id);
  assertEquals([price_micros_per_hour, fills.length, fills[0]?.leases[0]?.gpu_id], [
    400_000,
    1,
    "b",
  ]);
});

Deno.test("to deregister a GPU by force cancels its auction, and frees the others in it", () => {
  const rig = market(["a", "b"]);
  const auction_id = rig.auction("a", { format: "uniform", units: 2 });
  const bid_id = rig.seal(RENTER, auction_id, 900_000);
  const from = rig.state.seq + 1;
  rig.act(OWNER, "gpu.deregister", { gpu_id: "b", force: true });
  assertEquals(rig.types(from), ["auction.cancelled", "gpu.deregistered"]);
  const view = rig.auctionView(auction_id);
  assertEquals([view.state, view.reason], ["cancelled", "deregistered"]);
  assertEquals(rig.bidView(bid_id).state, "dropped");
  assertEquals(rig.money(RENTER), [1_000 * DOLLAR, 0, 0]);
  assertEquals(rig.gpu("a").available, true);
});

Deno.test("an auction closes at its deadline also when the registry was down then", () => {
  const rig = market();
  const auction_id = rig.auction("g");
  rig.seal(RENTER, auction_id, 900_000);
  const from = rig.at;
  rig.at += HOUR_MS;
  rig.act(NODE, "node.gap", { from, to: rig.at });
  assertEquals(rig.pass(0).map(({ type }) => type), ["auction.closed"]);
  assertEquals(rig.clear(auction_id).fills.length, 1);
  assertEquals(rig.lease(rig.gpu("g").lease_id ?? "").started_at, rig.at);
});

Deno.test("auctions and their bids leave memory by an event, in the order of their numbers", () => {
  const rig = market();
  const auction_id = rig.auction("g");
  const bid_ids = [rig.seal(RENTER, auction_id, 900_000), rig.seal(OTHER, auction_id, 1)];
  rig.pass(10 * MINUTE_MS);
  rig.clear(auction_id);
  const archived = rig.pass(3 * HOUR_MS).filter(({ type }) => type === "archived");
  assertEquals(archived[0]?.data, { leases: [], jobs: [], auctions: [auction_id], bids: bid_ids });
  assertEquals([rig.state.auctions.size, rig.state.bids.size], [0, 0]);
});

Deno.test("the clearing moves everybody's money in its one event, which the history names", () => {
  const rig = market();
  const auction_id = rig.auction("g");
  const bid_id = rig.seal(RENTER, auction_id, 900_000);
  const placed = movementsOf(present(rig.events.at(-1)), rig.last_effects?.postings ?? []);
  assertEquals(placed.map(({ movement }) => movement.ref), [bid_id, bid_id]);
  rig.seal(OTHER, auction_id, 300_000);
  rig.pass(10 * MINUTE_MS);
  rig.clear(auction_id);
  const moved = movementsOf(present(rig.events.at(-1)), rig.last_effects?.postings ?? []);
  assertEquals(
    moved.map(({ actor, movement }) => [actor, movement.account, movement.amount_micros]),
    [
      [RENTER, "held", -(100 * DOLLAR - 300_000)],
      [RENTER, "available", 100 * DOLLAR - 300_000],
      [OTHER, "held", -100 * DOLLAR],
      [OTHER, "available", 100 * DOLLAR],
    ],
  );
  assertEquals(new Set(moved.map(({ movement }) => movement.ref)), new Set([auction_id]));
});

Deno.test("an auction of thousands of bids clears as sorting says, and archives them in batches", () => {
  const rig = market();
  rig.watches_state = false;
  const auction_id = rig.auction("g");
  const prices = Array.from({ length: 2_000 }, (_, i) => 100_000 + (i * 7_919) % 500_000);
  for (const price of prices) rig.seal(RENTER, auction_id, price, { cap: 500_000 });
  rig.pass(10 * MINUTE_MS);
  const { price_micros_per_hour, dropped } = rig.clear(auction_id);
  const counted = prices.filter((price) => price <= 500_000).sort((a, b) => b - a);
  assertEquals(price_micros_per_hour, counted[1]);
  assertEquals(dropped.length, prices.length - counted.length);
  const sizes = rig.pass(3 * HOUR_MS).flatMap((event) =>
    event.type === "archived" ? [event.data.bids.length] : []
  );
  assertEquals(sizes.reduce((sum, size) => sum + size, 0), prices.length);
  assertEquals(Math.max(...sizes) <= LIMITS.archive_batch, true);
});
