import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { parseDocument } from "../e2e/binary.ts";
import { moneyOf, openHouse } from "./auction_house.ts";
import { listGpu } from "./listing.ts";
import { Person } from "./person.ts";

Deno.test("a bid rests until the owner lowers the ask to it, and pays the ask", async () => {
  await using house = await openHouse("rig-1");
  const { owner, ann } = house;
  const resting = await ann.json("bid", "rig-1", "--price", "0.25");
  assertEquals([resting.state, resting.duration_s, resting.hold_micros], [
    "resting",
    3600,
    250_000,
  ]);
  assertEquals(await moneyOf(ann), [9_750_000, 250_000]);
  assertStringIncludes((await ann.run(["bid", "list"])).stdout, "$0.25");
  await owner.json("gpu", "update", "rig-1", "--price", "0.24");
  const filled = await ann.json("bid", "show", String(resting.bid_id));
  assertEquals([filled.state, filled.filled], ["filled", 1]);
  const { leases } = await ann.json("lease", "list");
  assertEquals(Object(leases)[0].price_micros_per_hour, 240_000);
  assertEquals(await moneyOf(ann), [9_760_000, 240_000]);
  assertEquals((await ann.json("bid", "list")).bids, []);
  assertStringIncludes((await ann.run(["bid", "list", "--all"])).stdout, "filled");
});

Deno.test("a dry run of a bid shows what it would hold, and places none", async () => {
  await using house = await openHouse("rig-1");
  const { owner, ann } = house;
  const before = await moneyOf(ann);
  const rests = await ann.json("bid", "rig-1", "--price", "0.25", "--duration", "2", "--dry-run");
  assertEquals(rests.done, false);
  assertStringIncludes(String(rests.plan), "held      $0.50");
  const words = ["auction", "start", "rig-1", "--duration", "2", "--reserve", "0.20"];
  await owner.json(...words);
  const sealed = await ann.json("bid", "rig-1", "--price", "0.45", "--cap", "5", "--dry-run");
  assertStringIncludes(String(sealed.plan), "held      $5.00, which everyone sees");
  assertEquals(await moneyOf(ann), before);
  assertEquals((await ann.json("bid", "list", "--all")).bids, []);
});

Deno.test("a bid at the ask is taken up at once, for the configuration's hours", async () => {
  await using house = await openHouse("rig-1");
  const { ann } = house;
  await ann.run(["config", "--set", "default_duration_hours", "3"]);
  await ann.json("bid", "rig-1", "--price", "0.40");
  assertEquals(await moneyOf(ann), [9_100_000, 900_000]);
});

Deno.test("the best bid is next when a lease ends", async () => {
  await using house = await openHouse("rig-1");
  const { ann, bob } = house;
  const lease = await ann.json("rent", "rig-1", "--duration", "1", "--yes");
  await ann.json("bid", "rig-1", "--price", "0.31");
  await bob.json("bid", "rig-1", "--price", "0.32", "--duration", "2");
  await ann.json("lease", "end", String(lease.lease_id));
  const { leases } = await bob.json("lease", "list");
  assertEquals(Object(leases)[0].duration_s, 7200);
  assertEquals((await moneyOf(ann))[1], 310_000, "hers goes on resting");
});

Deno.test("a resting bid enters the next auction of its GPU", async () => {
  await using house = await openHouse("rig-1");
  const { owner, ann } = house;
  const { bid_id } = await ann.json("bid", "rig-1", "--price", "0.28");
  const words = ["auction", "start", "rig-1", "--duration", "2", "--reserve", "0.20"];
  const { auction_id } = await owner.json(...words);
  assertEquals((await ann.json("bid", "show", String(bid_id))).auction_id, auction_id);
  assertEquals((await moneyOf(ann))[1], 560_000);
  const auction = await owner.json("auction", "end", String(auction_id));
  assertEquals(auction.price_micros_per_hour, 200_000);
});

Deno.test("a bid is cancelled by its bidder alone, and its money is free", async () => {
  await using house = await openHouse("rig-1");
  const { ann, bob } = house;
  const { bid_id } = await ann.json("bid", "rig-1", "--price", "0.20", "--expires", "24");
  const foreign = await bob.refusal("bid", "cancel", String(bid_id));
  assertEquals([foreign.code, foreign.exit], ["forbidden", 3]);
  const cancelled = await ann.json("bid", "cancel", String(bid_id));
  assertEquals(cancelled.state, "cancelled");
  assertEquals(await moneyOf(ann), [10_000_000, 0]);
  assertEquals((await ann.refusal("bid", "cancel", String(bid_id))).code, "bid_state");
});

Deno.test("an order takes the cheapest GPUs that fit when the operator clears the market", async () => {
  await using house = await openHouse("rig-1", "rig-2", "rig-3");
  const { owner, operator, ann } = house;
  await owner.json("gpu", "update", "rig-1", "--price", "0.20");
  await owner.json("gpu", "update", "rig-3", "--price", "0.50");
  const order = ["bid", "--where", "vram_gb>=24", "--price", "0.30", "--duration", "4"];
  const { bid_id, hold_micros } = await ann.json(...order, "--quantity", "3");
  assertEquals(hold_micros, 3_600_000);
  await operator.json("market", "clear");
  const bid = await ann.json("bid", "show", String(bid_id));
  assertEquals([bid.state, bid.filled, bid.quantity], ["resting", 2, 3]);
  assertEquals(await moneyOf(ann), [10_000_000 - 3_200_000, 800_000 + 1_200_000 + 1_200_000]);
  const explained = await ann.run(["bid", "show", String(bid_id), "--explain"]);
  assertEquals(explained.code, 0);
  assertStringIncludes(explained.stdout, "rig-3");
  assertStringIncludes(explained.stdout, "price");
  const prices = await ann.json("market", "prices");
  const { class: chip, low_micros_per_hour, high_micros_per_hour, leases } = Object(prices.bars)[0];
  assertEquals([chip, low_micros_per_hour, high_micros_per_hour, leases], [
    "RTX 3090",
    200_000,
    300_000,
    2,
  ]);
  assertStringIncludes(
    (await ann.run(["market", "prices", "--type", "RTX", "3090"])).stdout,
    "$0.20",
  );
  assertEquals((await ann.json("market", "prices", "--type", "A100")).bars, []);
});

Deno.test("wrong bids are refused before anything is held", async () => {
  await using house = await openHouse("rig-1");
  const { ann } = house;
  await ann.run(["config", "--set", "max_price", "1.00"]);
  const before = await moneyOf(ann);
  const cases: [words: string[], code: string, exit: number][] = [
    [["bid", "--price", "0.3"], "invalid_input", 2],
    [["bid", "rig-1"], "invalid_input", 2],
    [["bid", "rig-1", "--where", "vram_gb>1", "--price", "0.3"], "invalid_input", 2],
    [["bid", "nope", "--price", "0.3"], "gpu_not_found", 4],
    [["bid", "rig-1", "--price", "-1"], "invalid_price", 2],
    [["bid", "rig-1", "--price", "0.1234567"], "invalid_price", 2],
    [["bid", "rig-1", "--price", "1.01"], "price_limit", 5],
    [["bid", "rig-1", "--price", "1", "--duration", "100"], "insufficient_funds", 1],
    [["bid", "rig-1", "--price", "0.2", "--duration", "0"], "invalid_input", 2],
    [["bid", "rig-1", "--price", "0.2", "--quantity", "0"], "invalid_input", 2],
    [["bid", "rig-1", "--price", "0.2", "--quantity", "1001"], "invalid_input", 2],
    [["bid", "rig-1", "--price", "0.2", "--quantity", "2"], "invalid_input", 2],
    [["bid", "rig-1", "--price", "0.2", "--expires", "0"], "invalid_input", 2],
    [["bid", "rig-1", "--price", "0.2", "--expires", "2161"], "invalid_input", 2],
    [["bid", "rig-1", "--price", "0.2", "--cap", "3"], "invalid_input", 2],
    [["bid", "--where", "vrm_gb>1", "--price", "0.3"], "invalid_filter", 2],
    [["bid", "--where", "vram_gb>x", "--price", "0.3"], "invalid_filter", 2],
    [["bid", "--where", "vram_gb>>1", "--price", "0.3"], "invalid_filter", 2],
    [["bid", "show", "bid_99"], "bid_not_found", 4],
    [["bid", "cancel", "bid_99"], "bid_not_found", 4],
    [["bid", "show", "rig-1"], "invalid_input", 2],
    [["bid", "list", "--limit", "5"], "invalid_input", 2],
    [["market", "clear"], "forbidden", 3],
    [["market", "clear", "--data", "/nowhere"], "forbidden", 3],
    [["market", "prices", "--limit", "0"], "invalid_input", 2],
  ];
  for (const [words, code, exit] of cases) {
    const refused = await ann.refusal(...words);
    assertEquals([refused.code, refused.exit], [code, exit], words.join(" "));
  }
  const unknown = await ann.refusal("bid", "--where", "vrm_gb>1", "--price", "0.3");
  assertStringIncludes(unknown.fix, '"vram_gb"');
  const unreadable = await ann.refusal("bid", "--where", "vram_gb>x", "--price", "0.3");
  assertStringIncludes(unreadable.message, "character 9");
  assertEquals(await moneyOf(ann), before);
  assertEquals((await ann.json("bid", "list", "--all")).bids, []);
});

Deno.test("a GPU may be called like a command of bids", async () => {
  await using house = await openHouse("list");
  const { code, stdout } = await house.ann.run(["bid", "--price", "0.20", "--json", "--", "list"]);
  assertEquals([code, parseDocument(stdout).gpu_id], [0, "list"]);
});

Deno.test("the help of bid names the commands that begin with it", async () => {
  await using person = new Person();
  const { stdout } = await person.run(["bid", "--help"]);
  for (const name of ["bid list", "bid show", "bid cancel"]) assertStringIncludes(stdout, name);
  assert(!(await person.run(["bid", "list", "--help"])).stdout.includes("bid cancel"));
});

Deno.test("on the embedded registry one may bid on one's own GPU", async () => {
  await using person = new Person();
  await person.json("init");
  await person.json("wallet", "deposit", "10");
  await listGpu(person, { gpu_id: "rig-1", price: "0.30" });
  const { auction_id } = await person.json("auction", "start", "rig-1", "--duration", "1", "--yes");
  await person.json("bid", "rig-1", "--price", "0.50");
  const auction = await person.json("auction", "end", String(auction_id));
  assertEquals([auction.state, auction.price_micros_per_hour], ["cleared", 300_000]);
});

Deno.test("an auction whose deadline passed while nobody held the folder is cleared by the next command", async () => {
  await using person = new Person();
  await person.json("init");
  await person.json("wallet", "deposit", "10");
  await listGpu(person, { gpu_id: "rig-1", price: "0.30" });
  const { auction_id } = await person.json("auction", "start", "rig-1", "--duration", "1", "--yes");
  await person.json("bid", "rig-1", "--price", "0.50");
  const later = { ...systemClock, now: () => Date.now() + 11 * 60_000 };
  const words = ["auction", "show", String(auction_id), "--watch", "--json"];
  const { stdout } = await person.run(words, { clock: later });
  const shown = parseDocument(stdout.trim().split("\n").at(-1) ?? "");
  assertEquals([shown.state, shown.price_micros_per_hour], ["cleared", 300_000]);
  assertEquals(await moneyOf(person), [9_700_000, 300_000]);
});
