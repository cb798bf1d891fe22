import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseDocument } from "../e2e/binary.ts";
import { type AuctionHouse, openHouse } from "./auction_house.ts";
import { type Lie, lieAbout, type LyingEvent } from "./lying_registry.ts";

/** A cleared second-price auction: ann wins with $0.50, bob's $0.41 is the price. */
async function soldAuction(house: AuctionHouse): Promise<string> {
  const { owner, ann, bob } = house;
  const words = ["auction", "start", "rig-1", "--duration", "1", "--reserve", "0.20"];
  const { auction_id } = await owner.json(...words);
  await ann.json("bid", "rig-1", "--price", "0.50");
  await bob.json("bid", "rig-1", "--price", "0.41");
  await owner.json("auction", "end", String(auction_id));
  return String(auction_id);
}

/** What a bidder finds who checks the auction at this registry: the exit code and what is wrong. */
async function found(house: AuctionHouse, auction_id: string, url: string) {
  const words = ["auction", "verify", auction_id, "--registry", url, "--json"];
  const { code, stdout, stderr } = await house.bob.run(words);
  const { problems, error } = parseDocument(stdout);
  assert(Array.isArray(problems), stdout + stderr + JSON.stringify(error));
  return { code, kinds: problems.map(({ kind }) => kind), problems };
}

function eventOf(events: LyingEvent[], type: string): LyingEvent {
  const event = events.find((event) => event.type === type);
  assert(event !== undefined, `there is a ${type}`);
  return event;
}

const wrongPrice: Lie = (events) => {
  const { data } = eventOf(events, "auction.cleared");
  data.price_micros_per_hour = 420_000;
};
const wrongWinner: Lie = (events) => {
  const { data } = eventOf(events, "auction.cleared");
  const [, loser] = events.filter(({ type }) => type === "bid.sealed");
  const [fill] = data.fills;
  assert(fill !== undefined && loser !== undefined);
  fill.bid_id = loser.data.bid_id;
};
const leftOutBid: Lie = (events) => {
  const { data } = eventOf(events, "auction.revealed");
  const bid_id = data.openings.pop()?.bid_id ?? "";
  const cleared = eventOf(events, "auction.cleared").data;
  cleared.dropped.push({ bid_id, reason: "unopened" });
  cleared.price_micros_per_hour = 200_000;
};
const changedOpening: Lie = (events) => {
  const [, opening] = eventOf(events, "auction.revealed").data.openings;
  assert(opening !== undefined);
  opening.price_micros_per_hour = 490_000;
};
const changedCap: Lie = (events) => {
  eventOf(events, "bid.sealed").data.hold_micros += 1;
};
const otherBidder: Lie = (events) => {
  const [first, second] = events.filter(({ type }) => type === "bid.sealed");
  assert(first?.intent !== undefined && second !== undefined);
  second.data.bidder = first.data.bidder;
};
const forgedBid: Lie = (events) => {
  const { intent } = eventOf(events, "bid.sealed");
  assert(intent !== undefined);
  intent.sig = eventOf(events, "auction.started").intent?.sig ?? "";
};
const changedTerms: Lie = (events) => {
  eventOf(events, "auction.started").data.reserve_micros_per_hour = 300_000;
};
const unasked: Lie = (events) => {
  delete eventOf(events, "auction.revealed").intent;
};

Deno.test("an honest auction is verified, with bids that were sealed and one that rested", async () => {
  await using house = await openHouse("rig-1");
  await house.ann.json("bid", "rig-1", "--price", "0.25");
  const auction_id = await soldAuction(house);
  await using honest = lieAbout(house.served, () => {}, true);
  assertEquals(await found(house, auction_id, honest.url), { code: 0, kinds: [], problems: [] });
  const { code, stdout } = await house.bob.run(["auction", "verify", auction_id]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "3 bids, sold at $0.41 an hour");
});

Deno.test("a registry that lies about an auction is caught, and each lie is named", async () => {
  await using house = await openHouse("rig-1");
  const auction_id = await soldAuction(house);
  const lies: [lie: Lie, kind: string][] = [
    [wrongPrice, "wrong_price"],
    [wrongWinner, "wrong_winner"],
    [leftOutBid, "left_out_bid"],
    [changedOpening, "bad_opening"],
    [changedCap, "changed_bid"],
    [otherBidder, "changed_bid"],
    [forgedBid, "changed_bid"],
    [changedTerms, "changed_terms"],
    [unasked, "bad_signature"],
  ];
  for (const [lie, kind] of lies) {
    await using registry = lieAbout(house.served, lie, true);
    const { code, kinds, problems } = await found(house, auction_id, registry.url);
    assertEquals(code, 1, kind);
    assert(kinds.includes(kind), `${kind}: ${JSON.stringify(problems)}`);
    const { stdout } = await house.bob.run(
      ["auction", "verify", auction_id, "--registry", registry.url],
    );
    assertStringIncludes(stdout, `wrong: ${problems[0].message}`);
  }
});

Deno.test("whoever changes the feed on its way breaks its chain", async () => {
  await using house = await openHouse("rig-1");
  const auction_id = await soldAuction(house);
  const without: Lie = (events) => {
    events.splice(events.findIndex(({ type }) => type === "bid.sealed"), 1);
  };
  const cut: Lie = (events) => void events.pop();
  for (const lie of [wrongPrice, changedCap, without, cut]) {
    await using relay = lieAbout(house.served, lie, false);
    const refused = await house.bob.refusal(
      "auction",
      "verify",
      auction_id,
      "--registry",
      relay.url,
    );
    assertEquals([refused.code, refused.exit], ["state_mismatch", 1]);
  }
});

Deno.test("only an auction that was cleared can be verified", async () => {
  await using house = await openHouse("rig-1");
  const { owner, bob } = house;
  const words = ["auction", "start", "rig-1", "--duration", "1", "--yes"];
  const { auction_id } = await owner.json(...words);
  const open = await bob.refusal("auction", "verify", String(auction_id));
  assertEquals([open.code, open.exit], ["auction_state", 1]);
  assertStringIncludes(open.message, "is not over");
  await owner.json("deregister-gpu", "rig-1", "--force");
  const cancelled = await bob.refusal("auction", "verify", String(auction_id));
  assertEquals([cancelled.code, cancelled.exit], ["auction_state", 1]);
  assertStringIncludes(cancelled.message, "was cancelled");
  for (const id of ["auction_1", "auction_999"]) {
    assertEquals((await bob.refusal("auction", "verify", id)).exit, 4, id);
  }
});
