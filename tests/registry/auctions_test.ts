import { assertEquals } from "@std/assert";
import type { AuctionFormat } from "../../src/protocol/auction.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { accepted, act, listGpu, newActor, openTest, type TestRegistry } from "./harness.ts";
import {
  BIDDING_MS,
  newBidder,
  passTime,
  placeBid,
  readAuction,
  readAuctions,
  readBid,
  readBids,
  readWallet,
  sealBid,
  startAuction,
} from "./auctions.ts";

const MONEY = 10_000_000;

/** What the winners pay by the plain rule: the first value that gets nothing, or the reserve. */
function plainPrice(format: AuctionFormat, prices: number[], units: number): number {
  const [best = 0] = prices;
  if (format === "first-price" || format === "english") return best;
  return prices.toSorted((a, b) => b - a)[units] ?? 100_000;
}

/** One of each of these asks for one unit, the highest first. */
async function sealAll(registry: TestRegistry, auction_id: string, prices: number[]) {
  const bids = [];
  for (const price of prices) {
    const bidder = await newBidder(registry);
    bids.push({ bidder, price, bid_id: await sealBid(registry, bidder, auction_id, price) });
  }
  return bids;
}

for (const format of ["second-price", "first-price"] as const) {
  Deno.test(`a ${format} auction runs from its start to the winner's lease`, async () => {
    await using registry = await openTest();
    const owner = newActor();
    await listGpu(registry, owner, "gpu-1");
    const auction_id = await startAuction(registry, owner, "gpu-1", { format });
    const gpu = await (await registry.fetch("/v1/gpus/gpu-1")).json();
    assertEquals([gpu.auction_id, gpu.available], [auction_id, false]);
    const prices = [300_000, 250_000, 200_000];
    const bids = await sealAll(registry, auction_id, prices);
    await passTime(registry, BIDDING_MS);
    const auction = await readAuction(registry, auction_id);
    const price = plainPrice(format, prices, 1);
    assertEquals(auction.state, "cleared");
    assertEquals(auction.price_micros_per_hour, price);
    assertEquals(auction.winners.map(({ bid_id }) => bid_id), [bids[0]?.bid_id]);
    const [lease_id = ""] = auction.winners[0]?.lease_ids ?? [];
    const lease = await (await registry.fetch(`/v1/leases/${lease_id}`)).json();
    assertEquals(
      [lease.renter, lease.state, lease.price_micros_per_hour, lease.hold_micros],
      [bids[0]?.bidder.id, "live", price, price],
    );
    for (const [i, { bidder, bid_id }] of bids.entries()) {
      const { available_micros, held_micros } = await readWallet(registry, bidder);
      const held = i === 0 ? price : 0;
      assertEquals([available_micros, held_micros], [MONEY - held, held]);
      assertEquals((await readBid(registry, bid_id)).state, i === 0 ? "filled" : "lost");
    }
    assertEquals((await readBids(registry, `auction_id=${auction_id}`)).bids.length, 3);
  });
}

Deno.test("an English auction shows each outbid bidder, extends, and its winner pays their bid", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "gpu-1");
  const auction_id = await startAuction(registry, owner, "gpu-1", { format: "english" });
  const [ann, bob] = [await newBidder(registry), await newBidder(registry)];
  const first = await placeBid(registry, ann, "gpu-1", 150_000);
  const low = await act(registry, bob, "bid.place", {
    gpu_id: "gpu-1",
    where: null,
    price_micros_per_hour: 150_001,
    quantity: 1,
    duration_s: null,
    expires_at: null,
  });
  assertEquals(low.ok ? "accepted" : low.code, "below_reserve");
  assertEquals((await readAuction(registry, auction_id)).best_micros_per_hour, 150_000);
  const { ends_at: first_end } = await readAuction(registry, auction_id);
  registry.clock.pass(BIDDING_MS / 2);
  const second = await placeBid(registry, bob, "gpu-1", 160_000);
  assertEquals((await readBid(registry, first)).state, "outbid");
  assertEquals((await readWallet(registry, ann)).held_micros, 0);
  const { ends_at } = await readAuction(registry, auction_id);
  assertEquals(ends_at, first_end + BIDDING_MS / 2);
  registry.clock.pass(ends_at - registry.clock.now());
  registry.services.presence.see("gpu-1");
  await registry.housekeeping.run();
  const auction = await readAuction(registry, auction_id);
  assertEquals([auction.state, auction.price_micros_per_hour], ["cleared", 160_000]);
  assertEquals(auction.winners.map(({ bid_id }) => bid_id), [second]);
  assertEquals((await readWallet(registry, bob)).held_micros, 160_000);
});

Deno.test("a uniform auction sells identical GPUs at one price, the last bid in part", async () => {
  await using registry = await openTest();
  const owner = newActor();
  for (const gpu_id of ["gpu-1", "gpu-2", "gpu-3"]) await listGpu(registry, owner, gpu_id);
  const options = { format: "uniform", units: 3 } as const;
  const auction_id = await startAuction(registry, owner, "gpu-1", options);
  const bidders = [await newBidder(registry), await newBidder(registry), await newBidder(registry)];
  const [ann = newActor(), bob = newActor(), eve = newActor()] = bidders;
  await sealBid(registry, ann, auction_id, 300_000, 2);
  const part = await sealBid(registry, bob, auction_id, 200_000, 2);
  await sealBid(registry, eve, auction_id, 150_000, 1);
  await passTime(registry, BIDDING_MS);
  const auction = await readAuction(registry, auction_id);
  const price = plainPrice("uniform", [300_000, 300_000, 200_000, 200_000, 150_000], 3);
  assertEquals([auction.state, auction.price_micros_per_hour], ["cleared", price]);
  const won = auction.winners.map(({ bidder, units }) => [bidder, units]);
  assertEquals(won, [[ann.id, 2], [bob.id, 1]]);
  assertEquals((await readBid(registry, part)).filled, 1);
  const held = [];
  for (const bidder of bidders) held.push((await readWallet(registry, bidder)).held_micros);
  assertEquals(held, [2 * price, price, 0]);
  const lease_ids = auction.winners.flatMap((winner) => winner.lease_ids);
  const shown = await (await registry.fetch("/v1/leases?limit=2")).json();
  const rest = await (await registry.fetch(`/v1/leases?cursor=${shown.next_cursor}`)).json();
  const listed = [...shown.leases, ...rest.leases].map(({ lease_id }) => lease_id);
  assertEquals(listed, lease_ids.toReversed(), "leases of one event fill pages that join up");
});

Deno.test("an auction that its owner ends clears at once, and one without a bid sells nothing", async () => {
  await using registry = await openTest();
  const owner = newActor();
  for (const gpu_id of ["gpu-1", "gpu-2"]) await listGpu(registry, owner, gpu_id);
  const sold = await startAuction(registry, owner, "gpu-1");
  await sealBid(registry, await newBidder(registry), sold, 300_000);
  await accepted(registry, owner, "auction.end", { auction_id: sold });
  await registry.services.closings.run();
  assertEquals((await readAuction(registry, sold)).price_micros_per_hour, 100_000);
  const unsold = await startAuction(registry, owner, "gpu-2");
  await accepted(registry, owner, "auction.end", { auction_id: unsold });
  await registry.services.closings.run();
  const { state, reason, winners } = await readAuction(registry, unsold);
  assertEquals([state, reason, winners], ["cleared", "no_bids", []]);
  const ids = async (query: string) =>
    (await readAuctions(registry, query)).auctions.map(({ auction_id }) => auction_id);
  assertEquals(await ids(""), [unsold, sold]);
  assertEquals(await ids("gpu_id=gpu-1"), [sold]);
  assertEquals(await ids(`owner=${owner.id}&state=open`), []);
  const first = await readAuctions(registry, "limit=1");
  assertEquals(await ids(`limit=1&cursor=${first.next_cursor}`), [sold]);
});

Deno.test("an auction and its bids that have left memory are still found by their ids", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "gpu-1");
  const auction_id = await startAuction(registry, owner, "gpu-1");
  const bid_id = await sealBid(registry, await newBidder(registry), auction_id, 90_000 + 20_000);
  await passTime(registry, BIDDING_MS);
  const auction = await readAuction(registry, auction_id);
  const bid = await readBid(registry, bid_id);
  for (let i = 0; i < 3; i++) {
    registry.services.presence.see("gpu-1");
    await passTime(registry, LIMITS.archive_after_ms / 2 + 60_000);
  }
  assertEquals((await readAuctions(registry)).auctions, []);
  assertEquals((await readBids(registry)).bids, []);
  assertEquals(await readAuction(registry, auction_id), auction);
  assertEquals(await readBid(registry, bid_id), bid);
});
