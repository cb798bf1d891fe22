import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { Client } from "../../src/client/client.ts";
import { inProcessTransport } from "../../src/client/transport.ts";
import { accepted, listGpu, newActor, openTest } from "../registry/harness.ts";
import { BIDDING_MS, newBidder, newSalt, placeOrder, sealBody } from "../registry/auctions.ts";
import { startAuction } from "../registry/auctions.ts";

Deno.test("a client opens and seals a bid, and reads the auction, its bids and the prices", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "gpu-1");
  const auction_id = await startAuction(registry, owner, "gpu-1");
  const bidder = await newBidder(registry);
  const client = new Client({
    transport: inProcessTransport(async ({ url, method, headers, body }) => {
      const { pathname, search } = new URL(url);
      const sent = body === null ? null : await new Response(body).text();
      return await registry.fetch(pathname + search, { method, headers, body: sent });
    }),
    identity: bidder,
    node_id: registry.node.id,
    clock: registry.clock,
  });
  const opening = { auction_id, price_micros_per_hour: 200_000, salt: newSalt() };
  const body = sealBody(bidder, opening);
  assertEquals(await client.openBid(opening), body.commitment);
  const { data } = await client.submit("bid.seal", body);
  const bid_id = String(data.bid_id);
  assertEquals((await client.bid(bid_id)).price_micros_per_hour, null);
  registry.clock.pass(BIDDING_MS);
  await registry.housekeeping.run();
  const auction = await client.auction(auction_id);
  assertEquals(auction.winners.map((winner) => winner.bid_id), [bid_id]);
  assertEquals((await client.auctions({ state: "cleared" })).auctions, [auction]);
  assertEquals((await client.bids({ actor: bidder.id })).bids, [await client.bid(bid_id)]);
  assertEquals((await client.prices({ limit: 1 })).bars[0]?.last_micros_per_hour, 100_000);
  const order_id = await placeOrder(registry, bidder, "vram_gb>=48", 300_000);
  assertEquals((await client.explainBid(order_id)).bid.state, "resting");
  await accepted(registry, bidder, "bid.cancel", { bid_id: order_id });
  assertEquals((await client.bid(order_id)).state, "cancelled");
  const missing = await assertRejects(() => client.bid("bid_999"), HorizonError);
  assertEquals(missing.code, "bid_not_found");
});
