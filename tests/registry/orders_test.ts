import { assertEquals } from "@std/assert";
import { BidExplained, MovementPage, PricePage } from "../../src/protocol/api.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { accepted, act, listGpu, newActor, openTest, rentGpu } from "./harness.ts";
import {
  BIDDING_MS,
  newBidder,
  passTime,
  placeBid,
  placeOrder,
  readBid,
  readWallet,
  sealBid,
  startAuction,
} from "./auctions.ts";

Deno.test("a standing bid is taken up at once when the owner lowers the ask to it", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "gpu-1");
  const bidder = await newBidder(registry);
  const bid_id = await placeBid(registry, bidder, "gpu-1", 250_000);
  assertEquals((await readBid(registry, bid_id)).state, "resting");
  await accepted(registry, owner, "gpu.update", {
    gpu_id: "gpu-1",
    price_micros_per_hour: 240_000,
  });
  const bid = await readBid(registry, bid_id);
  assertEquals([bid.state, bid.filled], ["filled", 1]);
  assertEquals((await readWallet(registry, bidder)).held_micros, 240_000);
  const lease = await (await registry.fetch(`/v1/leases/${bid.lease_ids[0]}`)).json();
  assertEquals(lease.price_micros_per_hour, 240_000, "at the ask");
});

Deno.test("a standing bid takes up its GPU when the lease before it ends, and enters its auction", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "gpu-1");
  const lease_id = await rentGpu(registry, newActor(), "gpu-1");
  const bidder = await newBidder(registry);
  const waiting = await placeBid(registry, bidder, "gpu-1", 300_000);
  assertEquals((await readBid(registry, waiting)).state, "resting");
  const { renter } = await (await registry.fetch(`/v1/leases/${lease_id}`)).json();
  assertEquals(renter === bidder.id, false);
  await listGpu(registry, owner, "gpu-2");
  const entering = await placeBid(registry, bidder, "gpu-2", 200_000);
  const auction_id = await startAuction(registry, owner, "gpu-2");
  const entered = await readBid(registry, entering);
  assertEquals([entered.state, entered.auction_id], ["entered", auction_id]);
  await passTime(registry, BIDDING_MS);
  assertEquals((await readBid(registry, entering)).state, "filled");
  registry.services.presence.see("gpu-1");
  registry.services.presence.see("gpu-2");
  await passTime(registry, 3_600_000 - BIDDING_MS);
  assertEquals((await readBid(registry, waiting)).state, "filled");
});

Deno.test("class orders are matched at each interval, best price first, and by the operator at will", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "dear", 300_000);
  await listGpu(registry, owner, "cheap", 200_000);
  const [ann, bob] = [await newBidder(registry), await newBidder(registry)];
  const high = await placeOrder(registry, ann, "vram_gb>=24", 350_000, 2);
  const low = await placeOrder(registry, bob, "vram_gb>=24", 340_000);
  await passTime(registry, LIMITS.clearing_round_ms);
  assertEquals((await readBid(registry, high)).state, "filled");
  assertEquals((await readBid(registry, low)).state, "resting");
  assertEquals((await readWallet(registry, ann)).held_micros, 500_000, "each at its ask");
  await passTime(registry, LIMITS.clearing_round_ms);
  const head = registry.services.sequencer.head.seq;
  for (const gpu_id of ["dear", "cheap"]) registry.services.presence.see(gpu_id);
  await passTime(registry, LIMITS.clearing_round_ms);
  assertEquals(registry.services.sequencer.head.seq, head, "without news there is no round");
  const body = {};
  const stranger = await act(registry, bob, "market.clear", body);
  assertEquals(stranger.ok ? "accepted" : stranger.code, "forbidden");
  await listGpu(registry, owner, "new", 330_000);
  const { type, data } = await accepted(registry, registry.node, "market.clear", body);
  assertEquals([type, data.filled], ["market.cleared", 1]);
  assertEquals((await readBid(registry, low)).state, "filled");
});

Deno.test("an order says for each near GPU which term it fails", async () => {
  await using registry = await openTest();
  await listGpu(registry, newActor(), "gpu-1", 300_000);
  const bidder = await newBidder(registry);
  const bid_id = await placeOrder(registry, bidder, "vram_gb>=48 type~3090", 350_000);
  const response = await registry.fetch(`/v1/bids/${bid_id}?explain=true`);
  const { bid, misses } = BidExplained.parse(await response.json());
  assertEquals(bid.bid_id, bid_id);
  assertEquals(misses.map(({ gpu_id }) => gpu_id), ["gpu-1"]);
  assertEquals(misses[0]?.fails.length, 1);
});

Deno.test("prices show each hour's leases by class, whatever opened them", async () => {
  await using registry = await openTest();
  const owner = newActor();
  for (const gpu_id of ["gpu-1", "gpu-2", "gpu-3"]) await listGpu(registry, owner, gpu_id);
  // The middle of an hour, so that all leases begin within it.
  registry.clock.pass(3_600_000 - registry.clock.now() % 3_600_000 + 60_000);
  const hour = registry.clock.now() - 60_000;
  for (const gpu_id of ["gpu-1", "gpu-2", "gpu-3"]) registry.services.presence.see(gpu_id);
  await rentGpu(registry, newActor(), "gpu-1", 7200);
  await accepted(registry, owner, "gpu.update", {
    gpu_id: "gpu-3",
    price_micros_per_hour: 500_000,
  });
  const auction_id = await startAuction(registry, owner, "gpu-2");
  await sealBid(registry, await newBidder(registry), auction_id, 150_000);
  await passTime(registry, BIDDING_MS);
  await placeBid(registry, await newBidder(registry), "gpu-3", 500_000);
  const read = async (query: string) =>
    PricePage.parse(await (await registry.fetch(`/v1/prices?${query}`)).json()).bars;
  const expected = [{
    class: "RTX 3090",
    hour,
    last_micros_per_hour: 500_000,
    low_micros_per_hour: 100_000,
    high_micros_per_hour: 500_000,
    volume_s: 7200 + 3600 + 3600,
    leases: 3,
  }];
  assertEquals(await read(""), expected);
  assertEquals(await read("class=RTX%203090&limit=1"), expected);
  assertEquals(await read("class=RTX%204090"), []);
});

Deno.test("a wallet's history names the bid, the auction or the lease behind each movement", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "gpu-1");
  const auction_id = await startAuction(registry, owner, "gpu-1");
  const loser = await newBidder(registry);
  const bid_id = await sealBid(registry, loser, auction_id, 150_000);
  await sealBid(registry, await newBidder(registry), auction_id, 200_000);
  await passTime(registry, BIDDING_MS);
  const response = await registry.fetch(`/v1/wallet/${loser.id}/history`);
  const { movements } = MovementPage.parse(await response.json());
  const seen = new Set(movements.map(({ type, ref }) => `${type} ${ref}`));
  assertEquals(
    [...seen],
    [`auction.cleared ${auction_id}`, `bid.sealed ${bid_id}`, "wallet.deposited null"],
  );
});

Deno.test("the metrics count auctions and bids by state", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "gpu-1");
  const auction_id = await startAuction(registry, owner, "gpu-1");
  await sealBid(registry, await newBidder(registry), auction_id, 150_000);
  const { addGauges } = await import("../../src/registry/gauges.ts");
  addGauges(registry.services);
  const text = await (await registry.fetch("/metrics")).text();
  assertEquals(text.includes('horizon_auctions{state="open"} 1'), true);
  assertEquals(text.includes('horizon_bids{state="entered"} 1'), true);
});
