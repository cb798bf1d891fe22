import { assert, assertEquals, assertMatch } from "@std/assert";
import { stateHash } from "../../src/market/market.ts";
import { type BulkBid, encodeBulkBids } from "../../src/protocol/bulk_bids.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { newBidder, readBid, readWallet } from "./auctions.ts";
import { accepted, envelope, openTest, submit } from "./harness.ts";

const BID: BulkBid = { price_micros_per_hour: 3_600, duration_s: 60, quantity: 1, where: 0 };
const bodyOf = (bids: BulkBid[]) => ({
  where: ["vram_gb>=8"],
  bids: encodeBulkBids(bids),
  expires_at: null,
});

Deno.test("the largest bulk is one event, its answer is small, and the same intent gets it again", async () => {
  await using registry = await openTest();
  const bidder = await newBidder(registry);
  const bids = Array.from({ length: LIMITS.bulk_bids }, () => BID);
  const sent = await envelope(bidder, registry, "bid.bulk", bodyOf(bids));
  const [first] = await submit(registry, sent);
  assert(first?.ok);
  assertEquals(first.data["count"], LIMITS.bulk_bids);
  assert(JSON.stringify(first).length < 1_000);
  assertEquals(await submit(registry, sent), [first]);
  assertEquals((await readWallet(registry, bidder)).held_micros, 60 * LIMITS.bulk_bids);
  const last = await readBid(registry, `${first.data["bid_id"]}-${LIMITS.bulk_bids}`);
  assertEquals([last.state, last.where], ["resting", "vram_gb>=8"]);
});

Deno.test("one bad bid refuses the whole bulk before the feed, and the answer says which", async () => {
  await using registry = await openTest();
  const bidder = await newBidder(registry);
  const { seq } = registry.services.sequencer.head;
  const body = bodyOf([BID, BID, { ...BID, quantity: 0 }, BID]);
  const [refused] = await submit(registry, await envelope(bidder, registry, "bid.bulk", body));
  assert(refused !== undefined && !refused.ok);
  assertEquals([refused.code, refused.seq], ["invalid_input", null]);
  assertMatch(refused.message, /bids\.2: its quantity is 0/);
  assertEquals(registry.services.sequencer.head.seq, seq);
  assertEquals((await readWallet(registry, bidder)).held_micros, 0);
});

Deno.test("a bulk whose bytes were changed after the signature is refused", async () => {
  await using registry = await openTest();
  const bidder = await newBidder(registry);
  const sent = await envelope(bidder, registry, "bid.bulk", bodyOf([BID]));
  sent.intent["body"] = bodyOf([{ ...BID, price_micros_per_hour: 1 }]);
  const [refused] = await submit(registry, sent);
  assert(refused !== undefined && !refused.ok);
  assertEquals(refused.code, "invalid_signature");
});

Deno.test("a bulk comes out of the journal as it went in", async () => {
  const folder = await Deno.makeTempDir();
  const before = await openTest({ folder });
  const bidder = await newBidder(before);
  await accepted(before, bidder, "bid.bulk", bodyOf(Array.from({ length: 500 }, () => BID)));
  const hash = stateHash(before.services.sequencer.state);
  await before.close();
  const after = await openTest({ folder, clock: before.clock });
  assertEquals(stateHash(after.services.sequencer.state), hash);
  await after.close();
  await Deno.remove(folder, { recursive: true });
});
