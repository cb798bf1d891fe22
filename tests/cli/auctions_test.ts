import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type AuctionHouse, idOf, moneyOf, openHouse } from "./auction_house.ts";
import type { Person } from "./person.ts";

/** Starts an auction of rig-1 for two hours and returns its id. */
async function start(owner: Person, ...flags: string[]): Promise<string> {
  const auction = await owner.json(
    "auction",
    "start",
    "rig-1",
    "--duration",
    "2",
    "--yes",
    ...flags,
  );
  assertEquals(auction.state, "open");
  return String(auction.auction_id);
}

async function bid(person: Person, price: string, ...flags: string[]): Promise<string> {
  return String((await person.json("bid", "rig-1", "--price", price, ...flags)).bid_id);
}

/** What an auction ended with: its price, and each winner with its units. */
async function outcome(house: AuctionHouse, auction_id: string): Promise<unknown[]> {
  const auction = await house.owner.json("auction", "end", auction_id);
  assertEquals(auction.state, "cleared");
  assert(Array.isArray(auction.winners));
  const names = new Map([[await idOf(house.ann), "ann"], [await idOf(house.bob), "bob"]]);
  const winners = auction.winners.map(({ bidder, units }) => [names.get(bidder), units]);
  return [auction.price_micros_per_hour, ...winners];
}

Deno.test("a second-price auction is sold to the best bid at the second best, and bids stay sealed", async () => {
  await using house = await openHouse("rig-1");
  const { owner, ann, bob } = house;
  const auction_id = await start(owner);
  const sealed = await ann.json("bid", "rig-1", "--price", "0.50");
  assertEquals([sealed.state, sealed.price_micros_per_hour], ["entered", null]);
  assertEquals(Object(sealed.opening).price_micros_per_hour, 500_000);
  await bid(bob, "0.41");
  // Four times the reserve's $0.60 is $2.40; the next power of two says nothing of the bids.
  assertEquals((await moneyOf(ann))[1], 4_194_304);
  assertEquals((await moneyOf(bob))[1], 4_194_304);
  for (const person of [owner, ann, bob]) {
    const { bids } = await person.json("auction", "show", auction_id);
    assertEquals(bids, 2);
    assertStringIncludes((await ann.run(["bid", "list"])).stdout, "sealed");
  }
  assertStringIncludes((await ann.run(["list-gpus", "--all"])).stdout, "auction");
  const rent = await bob.refusal("rent", "rig-1", "--yes");
  assertEquals([rent.code, rent.exit], ["gpu_on_auction", 1]);
  assertStringIncludes(rent.fix, "horizon bid rig-1");
  assertEquals(await outcome(house, "rig-1"), [410_000, ["ann", 1]]);
  assertEquals(await moneyOf(ann), [10_000_000 - 820_000, 820_000]);
  assertEquals(await moneyOf(bob), [10_000_000, 0]);
  const shown = await ann.run(["auction", "show", auction_id]);
  for (const part of ["$0.50", "$0.41", "filled", "lost", "cleared"]) {
    assertStringIncludes(shown.stdout, part);
  }
  const { leases } = await ann.json("lease", "list");
  assertEquals(Object(leases)[0].price_micros_per_hour, 410_000);
  assertEquals((await ann.json("auction", "list")).auctions, []);
  assertStringIncludes((await ann.run(["auction", "list", "--all"])).stdout, auction_id);
});

Deno.test("a first-price auction is sold at the winner's own price", async () => {
  await using house = await openHouse("rig-1");
  const auction_id = await start(house.owner, "--format", "first-price");
  await bid(house.ann, "0.44", "--cap", "1");
  await bid(house.bob, "0.45", "--cap", "0.90");
  assertEquals(await moneyOf(house.ann), [9_000_000, 1_000_000]);
  assertEquals(await outcome(house, auction_id), [450_000, ["bob", 1]]);
  assertEquals(await moneyOf(house.ann), [10_000_000, 0]);
  assertEquals(await moneyOf(house.bob), [9_100_000, 900_000]);
});

Deno.test("in an English auction each bid must beat the best one, and the outbid gets his money back", async () => {
  await using house = await openHouse("rig-1");
  const { owner, ann, bob } = house;
  const auction_id = await start(owner, "--format", "english", "--reserve", "0.20");
  const low = await ann.refusal("bid", "rig-1", "--price", "0.19");
  assertEquals([low.code, low.exit], ["below_reserve", 5]);
  await bid(ann, "0.25");
  assertEquals(await moneyOf(ann), [9_500_000, 500_000]);
  assertEquals((await bob.refusal("bid", "rig-1", "--price", "0.25")).code, "below_reserve");
  await bid(bob, "0.26");
  assertEquals(await moneyOf(ann), [10_000_000, 0]);
  const { best_micros_per_hour } = await ann.json("auction", "show", auction_id);
  assertEquals(best_micros_per_hour, 260_000);
  assertEquals(await outcome(house, auction_id), [260_000, ["bob", 1]]);
  assertEquals(await moneyOf(bob), [9_480_000, 520_000]);
});

Deno.test("a uniform auction sells several GPUs at one price", async () => {
  await using house = await openHouse("rig-1", "rig-2", "rig-3");
  const auction_id = await start(house.owner, "--format", "uniform", "--units", "3");
  await bid(house.ann, "0.50", "--quantity", "2", "--cap", "5");
  await bid(house.bob, "0.40", "--quantity", "2", "--cap", "5");
  const [price, ...winners] = await outcome(house, auction_id);
  assertEquals(winners, [["ann", 2], ["bob", 1]]);
  const { leases } = await house.ann.json("lease", "list");
  assert(Array.isArray(leases));
  assertEquals(leases.map((lease) => lease.price_micros_per_hour), [price, price]);
  assertEquals((await moneyOf(house.bob))[1], Number(price) * 2);
});

Deno.test("an auction without bids, or with none at the reserve, sells nothing", async () => {
  await using house = await openHouse("rig-1");
  const auction_id = await start(house.owner, "--reserve", "0.50");
  const refused = await house.ann.refusal("bid", "rig-1", "--price", "0.49");
  assertEquals([refused.code, refused.exit], ["below_reserve", 5]);
  assertEquals((await moneyOf(house.ann))[1], 0);
  const auction = await house.owner.json("auction", "end", auction_id);
  assertEquals([auction.price_micros_per_hour, auction.reason], [null, "no_bids"]);
  assertEquals((await house.ann.json("list-gpus")).total, 1, "the GPU is free again");
});

Deno.test("--watch tells what happens until the auction is over", async () => {
  await using house = await openHouse("rig-1");
  const auction_id = await start(house.owner, "--format", "english");
  const placed = Promise.withResolvers<void>();
  const watching = house.ann.run(["auction", "show", auction_id, "--watch"], {
    onOutput: (text) => text.includes("bids at") && placed.resolve(),
  });
  // Until the watcher's stream is open no event reaches it: bid until it tells of one.
  let price = 0.4;
  let isTold = false;
  void placed.promise.then(() => isTold = true);
  while (!isTold) await bid(house.bob, (price += 0.01).toFixed(2));
  await house.owner.json("auction", "end", auction_id);
  const { code, stdout } = await watching;
  assertEquals(code, 0);
  for (const part of ["bids at $0.4", "sold at $", "winner"]) {
    assertStringIncludes(stdout, part);
  }
});

Deno.test("what may not be auctioned, ended or bid for is refused, and nothing changes", async () => {
  await using house = await openHouse("rig-1", "rig-2");
  const { owner, ann, bob } = house;
  const starts = (...words: string[]) => ["auction", "start", ...words, "--duration", "1", "--yes"];
  await ann.json("rent", "rig-2", "--duration", "1", "--yes");
  await owner.run(["config", "--set", "min_price", "0.10"]);
  await ann.run(["config", "--set", "max_price", "1.00"]);
  const before = await moneyOf(ann);
  const cases: [who: Person, words: string[], code: string, exit: number][] = [
    [owner, starts("nope"), "gpu_not_found", 4],
    [owner, starts("rig-2"), "gpu_leased", 1],
    [ann, starts("rig-1"), "forbidden", 3],
    [owner, starts("rig-1", "--reserve", "0.09"), "price_limit", 5],
    [owner, starts("rig-1", "--format", "dutch"), "invalid_input", 2],
    [owner, starts("rig-1", "--format", "uniform", "--units", "0"), "invalid_input", 2],
    [owner, starts("rig-1", "--format", "uniform", "--units", "1001"), "invalid_input", 2],
    [owner, starts("rig-1", "--timeout", "0"), "invalid_input", 2],
    [owner, starts("rig-1", "--timeout", "10081"), "invalid_input", 2],
    [owner, ["auction", "start", "rig-1", "--duration", "1"], "no_terminal", 2],
    [owner, ["auction", "start", "rig-1", "--yes"], "invalid_input", 2],
    [owner, ["auction", "end", "rig-1"], "auction_not_found", 4],
    [owner, ["auction", "end", "auction_99"], "auction_not_found", 4],
    [owner, ["auction", "show", "rig-1"], "invalid_input", 2],
    [ann, ["auction", "show", "auction_99"], "auction_not_found", 4],
    [ann, ["auction", "show", "auction_99", "--watch"], "auction_not_found", 4],
  ];
  for (const [who, words, code, exit] of cases) {
    const refused = await who.refusal(...words);
    assertEquals([refused.code, refused.exit], [code, exit], words.join(" "));
  }
  const auction_id = await start(owner);
  const during: [who: Person, words: string[], code: string, exit: number][] = [
    [owner, starts("rig-1"), "auction_exists", 1],
    [owner, ["deregister-gpu", "rig-1"], "gpu_on_auction", 1],
    [ann, ["auction", "end", auction_id], "forbidden", 3],
    [ann, ["auction", "end", "rig-1"], "forbidden", 3],
    [owner, ["bid", "rig-1", "--price", "0.5"], "own_gpu", 3],
    [ann, ["bid", "rig-1", "--price", "1.01"], "price_limit", 5],
    [ann, ["bid", "rig-1", "--price", "0.5", "--duration", "3"], "invalid_input", 2],
    [ann, ["bid", "rig-1", "--price", "0.5", "--expires", "3"], "invalid_input", 2],
    [ann, ["bid", "rig-1", "--price", "0.5", "--cap", "0.99"], "invalid_input", 2],
    [ann, ["bid", "rig-1", "--price", "0.5", "--cap", "11"], "insufficient_funds", 1],
    [bob, ["bid", "rig-1", "--price", "5.01"], "insufficient_funds", 1],
  ];
  for (const [who, words, code, exit] of during) {
    const refused = await who.refusal(...words);
    assertEquals([refused.code, refused.exit], [code, exit], words.join(" "));
  }
  const late = await bob.refusal("bid", "rig-1", "--price", "5.01");
  assertStringIncludes(late.message, "$0.02 is missing");
  assertEquals(await moneyOf(ann), before);
  await owner.json("auction", "end", "rig-1");
  assertEquals((await owner.refusal("auction", "end", auction_id)).code, "auction_state");
});
