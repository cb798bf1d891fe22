import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { formatDollars, holdMicros } from "../../src/base/money.ts";
import { bidCommitment } from "../../src/protocol/bid_commitment.ts";
import type { IntentBody } from "../../src/protocol/intent.ts";
import { plainSealed } from "../auction/plain_sealed.ts";
import { plainUniform } from "../auction/plain_uniform.ts";
import { Random } from "../random.ts";
import { type AuctionHouse, DEPOSIT_MICROS, openHouse } from "./auction_house.ts";
import { type Finished, type Home, parseDocument } from "./binary.ts";

const HOURS = 2;
const DURATION_S = HOURS * 3600;
const RESERVE_MICROS = 200_000;
const BIDS = 5;
const CENT_MICROS = 10_000;

/** A bid as the test made it, in the order of time. */
interface MadeBid {
  renter: number;
  price: number;
  quantity: number;
}

/** What the plain computation says: each renter's leases, all at one price. */
interface Expected {
  price: number | null;
  units: [number, number];
}

/** What each renter has leased so far, at what it holds. */
type Held = [number, number];

Deno.test("each format of auction runs from start to lease, by the compiled binary alone", async (t) => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  await using house = await openHouse();
  const held: Held = [0, 0];

  await t.step("second price", async () => {
    await house.list("second");
    const auction_id = await start(house, "second");
    const bids = await bidRandomly(house, random, "second", 1);
    await check(house, auction_id, bids, sealed(bids, "second-price"), held);
  });

  await t.step("first price", async () => {
    await house.list("first");
    const auction_id = await start(house, "first", "--format", "first-price");
    const bids = await bidRandomly(house, random, "first", 1);
    await check(house, auction_id, bids, sealed(bids, "first-price"), held);
  });

  await t.step("uniform, over four GPUs", async () => {
    await house.list("u-1", "u-2", "u-3", "u-4");
    const auction_id = await start(house, "u-1", "--format", "uniform", "--units", "4");
    const bids = await bidRandomly(house, random, "u-1", 3);
    await check(house, auction_id, bids, uniform(bids, 4), held);
  });

  await t.step("english", async () => {
    await house.list("open");
    const auction_id = await start(house, "open", "--format", "english");
    const { bids, expected } = await outbid(house, random);
    await check(house, auction_id, bids, expected, held);
  });

  await t.step(
    "an auction ends by itself at its deadline, and its watcher sees it",
    () => endByItself(house, held),
  );

  await t.step(
    "a bid rests until the ask comes down to it, and pays the ask",
    () => rest(house, held),
  );

  await t.step(
    "a class order takes the cheapest GPUs when the market clears",
    () => order(house, held),
  );

  await t.step("a sealed bid is taken once, before the close, and only if it opens", () => {
    return sealOddly(house, held);
  });

  await t.step("what isn't allowed is refused and changes nothing", () => refusals(house, held));

  assertEquals(await house.served.process.kill("SIGTERM"), 0);
});

async function start(house: AuctionHouse, gpu_id: string, ...flags: string[]): Promise<string> {
  const reserve = ["--reserve", dollars(RESERVE_MICROS)];
  const words = ["auction", "start", gpu_id, "--duration", String(HOURS), ...reserve, ...flags];
  return String((await house.owner.json(words))["auction_id"]);
}

/** Sealed bids of both renters, some below and some above the ask, each held at a cap of $3. */
async function bidRandomly(
  house: AuctionHouse,
  random: Random,
  gpu_id: string,
  most_units: number,
): Promise<MadeBid[]> {
  const bids: MadeBid[] = [];
  for (let i = 0; i < BIDS; i++) {
    const renter = random.below(2);
    const quantity = 1 + random.below(most_units);
    // Few prices, so that ties are common.
    const price = RESERVE_MICROS + random.below(8) * CENT_MICROS;
    const flags = quantity === 1 ? [] : ["--quantity", String(quantity)];
    const words = ["bid", gpu_id, "--price", dollars(price), "--cap", "3", ...flags];
    const bid = await renterAt(house, renter).json(words);
    assertEquals([bid["state"], bid["price_micros_per_hour"]], ["entered", null]);
    bids.push({ renter, price, quantity });
  }
  return bids;
}

/** Ascending bids, with one that is too low between them; the last one wins at its own price. */
async function outbid(house: AuctionHouse, random: Random) {
  const bids: MadeBid[] = [];
  let best = RESERVE_MICROS - CENT_MICROS;
  for (let i = 0; i < BIDS; i++) {
    const price = best + CENT_MICROS * (1 + random.below(3));
    const renter = i % 2;
    await renterAt(house, renter).json(["bid", "open", "--price", dollars(price)]);
    best = price;
    bids.push({ renter, price, quantity: 1 });
    const low = ["bid", "open", "--price", dollars(price)];
    assertRefused(await renterAt(house, 1 - renter).run([...low, "--json"]), "below_reserve", 5);
  }
  const units: [number, number] = (BIDS - 1) % 2 === 0 ? [1, 0] : [0, 1];
  return { bids, expected: { price: best, units } };
}

function sealed(bids: readonly MadeBid[], format: "first-price" | "second-price"): Expected {
  const prices = bids.map(({ price }) => price);
  const [outcome] = plainSealed(bids.map(() => 0), prices, [RESERVE_MICROS], format);
  assert(outcome !== undefined && outcome.winner !== null);
  const units: [number, number] = bids[outcome.winner]?.renter === 0 ? [1, 0] : [0, 1];
  return { price: outcome.price, units };
}

function uniform(bids: readonly MadeBid[], units_on_sale: number): Expected {
  const rows = bids.map(({ price, quantity }, arrival) => ({ price, quantity, arrival }));
  const { fills, price_micros } = plainUniform(rows, units_on_sale, RESERVE_MICROS);
  const units: [number, number] = [0, 0];
  bids.forEach(({ renter }, row) => units[renter === 0 ? 0 : 1] += fills[row] ?? 0);
  return { price: price_micros, units };
}

/** Ends the auction and compares price, winners, leases and money; then lets a bidder verify it. */
async function check(
  house: AuctionHouse,
  auction_id: string,
  bids: readonly MadeBid[],
  expected: Expected,
  held: Held,
): Promise<void> {
  await house.beat();
  const auction = await house.owner.json(["auction", "end", auction_id]);
  assertEquals([auction["state"], auction["bids"]], ["cleared", bids.length]);
  assertEquals(auction["price_micros_per_hour"], expected.price);
  assert(Array.isArray(auction["winners"]));
  const units = [0, 0];
  for (const winner of auction["winners"]) {
    const renter = house.renterOf(winner.bidder);
    units[renter] = (units[renter] ?? 0) + winner.units;
    assertEquals(winner.lease_ids.length, winner.units);
  }
  assertEquals(units, expected.units);
  await checkMoney(house, expected, held);
  const verified = await house.renters[1].json(["auction", "verify", auction_id]);
  assertEquals([verified["ok"], verified["problems"]], [true, []]);
  const shown = await house.renters[0].run(["auction", "show", auction_id]);
  for (const { price } of bids) assertStringIncludes(shown.stdout, formatDollars(price));
}

/** Each renter holds what the leases so far may cost, and all the rest is available. */
async function checkMoney(house: AuctionHouse, expected: Expected, held: Held): Promise<void> {
  for (const renter of [0, 1] as const) {
    held[renter] += holdMicros(expected.price ?? 0, DURATION_S) * expected.units[renter];
    assertEquals(await house.money(renter), {
      available_micros: DEPOSIT_MICROS - held[renter],
      held_micros: held[renter],
    }, `renter ${renter}`);
  }
}

/** A sealed auction of three seconds that nobody ends. */
async function endByItself(house: AuctionHouse, held: Held): Promise<void> {
  await house.list("late");
  const auction_id = await start(house, "late", "--timeout", "0.05");
  const bid = ["bid", "late", "--price", "0.55", "--cap", "2"];
  await house.renters[0].json(bid);
  const watched = await house.renters[1].run(["auction", "show", auction_id, "--watch"]);
  assertEquals(watched.code, 0);
  for (const part of ["bidding is closed", "sold at $0.20", "winner"]) {
    assertStringIncludes(watched.stdout, part);
  }
  const expected: Expected = { price: RESERVE_MICROS, units: [1, 0] };
  await checkMoney(house, expected, held);
}

/** A bid below the ask, until the ask comes down. */
async function rest(house: AuctionHouse, held: Held): Promise<void> {
  await house.list("rest");
  await house.renters[1].json(["bid", "rest", "--price", "0.25"]);
  await house.owner.json(["gpu", "update", "rest", "--price", "0.22"]);
  held[1] += holdMicros(220_000, 3600);
  await checkMoney(house, { price: null, units: [0, 0] }, held);
}

/** An order that only one GPU satisfies. */
async function order(house: AuctionHouse, held: Held): Promise<void> {
  await house.list("cheap", "dear");
  await house.owner.json(["gpu", "update", "cheap", "--price", "0.10"]);
  const where = ["--where", "vram_gb>=24 price<0.2", "--price", "0.25", "--duration", "1"];
  const { bid_id } = await house.renters[0].json(["bid", ...where]);
  await house.operator.json(["market", "clear"]);
  const bid = await house.renters[0].json(["bid", "show", String(bid_id)]);
  assertEquals([bid["state"], bid["filled"]], ["filled", 1]);
  held[0] += 100_000;
  await checkMoney(house, { price: null, units: [0, 0] }, held);
  const prices = await house.renters[0].run(["market", "prices"]);
  assertStringIncludes(prices.stdout, "$0.10");
}

/** What only a program of its own would send. */
async function sealOddly(house: AuctionHouse, held: Held): Promise<void> {
  await house.list("odd");
  const auction_id = await start(house, "odd");
  const ann = await house.program(0);
  const opening = { auction_id, price_micros_per_hour: 250_000, salt: "5".repeat(32) };
  const commitment = bidCommitment(auction_id, ann.actor, opening);
  const bid = { auction_id, commitment, quantity: 1, hold_micros: 500_000 };
  const codeOf = async (intent: IntentBody<"bid.seal">) =>
    (await assertRejects(() => ann.submit("bid.seal", intent), HorizonError)).code;
  assertEquals(await codeOf(bid), "bid_unopened");
  assertEquals(await ann.openBid(opening), commitment);
  assertEquals(await codeOf({ ...bid, commitment: "5".repeat(64) }), "bid_unopened");
  assertEquals(await codeOf({ ...bid, hold_micros: 499_999 }), "cap_exceeded");
  const intent = await ann.sign("bid.seal", bid);
  const [first] = await ann.send([intent]);
  assertEquals(first?.ok, true);
  assertEquals(await ann.send([intent]), [first], "the same intent is the same bid");
  const auction = await house.owner.json(["auction", "end", auction_id]);
  assertEquals([auction["bids"], auction["price_micros_per_hour"]], [1, RESERVE_MICROS]);
  assertEquals(await codeOf(bid), "auction_state");
  await checkMoney(house, { price: RESERVE_MICROS, units: [1, 0] }, held);
}

async function refusals(house: AuctionHouse, held: Held): Promise<void> {
  await house.list("no");
  await house.register("unproven");
  const { owner, renters: [ann, bob] } = house;
  const begin = (
    gpu_id: string,
    ...more: string[]
  ) => ["auction", "start", gpu_id, "--duration", "1", "--yes", ...more];
  const wrong: [who: Home, words: string[], code: string, exit: number][] = [
    [ann, begin("no"), "forbidden", 3],
    [owner, begin("second"), "gpu_leased", 1],
    [owner, begin("no", "--format", "uniform", "--units", "0"), "invalid_input", 2],
    [owner, begin("no", "--format", "uniform", "--units", "1001"), "invalid_input", 2],
    [owner, begin("unproven"), "gpu_not_listed", 1],
    [owner, begin("nowhere"), "gpu_not_found", 4],
    [owner, ["auction", "end", "no"], "auction_not_found", 4],
    [ann, ["bid", "--where", "vram_gb>>1", "--price", "0.3"], "invalid_filter", 2],
    [ann, ["bid", "--where", "vram_gb>x", "--price", "0.3"], "invalid_filter", 2],
    [ann, ["bid", "--where", "vrm_gb>1", "--price", "0.3"], "invalid_filter", 2],
    [ann, ["bid", "no", "--price", "0.2", "--duration", "1000"], "insufficient_funds", 1],
    [owner, ["bid", "no", "--price", "0.2"], "own_gpu", 3],
    [ann, ["auction", "verify", "auction_1"], "auction_not_found", 4],
  ];
  for (const [who, words, code, exit] of wrong) {
    assertRefused(await who.run([...words, "--json"]), code, exit);
  }
  const auction_id = await start(house, "no");
  const during: [who: Home, words: string[], code: string, exit: number][] = [
    [owner, begin("no"), "auction_exists", 1],
    [bob, ["auction", "end", auction_id], "forbidden", 3],
    [owner, ["bid", "no", "--price", "0.5"], "own_gpu", 3],
    [bob, ["bid", "no", "--price", "0.19"], "below_reserve", 5],
    [bob, ["bid", "no", "--price", "30"], "insufficient_funds", 1],
    [bob, ["rent", "no", "--yes"], "gpu_on_auction", 1],
  ];
  for (const [who, words, code, exit] of during) {
    assertRefused(await who.run([...words, "--json"]), code, exit);
  }
  await owner.json(["auction", "end", auction_id]);
  assertRefused(await owner.run(["auction", "end", auction_id, "--json"]), "auction_state", 1);
  await checkMoney(house, { price: null, units: [0, 0] }, held);
}

function assertRefused(done: Finished, code: string, exit: number): void {
  const { error } = parseDocument(done.stdout);
  assert(typeof error === "object" && error !== null, done.stdout);
  assertEquals([Reflect.get(error, "code"), done.code], [code, exit], done.stdout);
}

function renterAt(house: AuctionHouse, renter: number): Home {
  return house.renters[renter === 0 ? 0 : 1];
}

function dollars(micros: number): string {
  return formatDollars(micros).slice(1);
}
