import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { BULK_HEADER, parseBulk } from "../../src/cli/bulk_file.ts";
import { decodeBulkBids } from "../../src/protocol/bulk_bids.ts";
import { Person } from "./person.ts";

Deno.test("a file of orders becomes bids that share their filters", () => {
  const text = `${BULK_HEADER}\n0.30,4,2,vram_gb>=24\n0.10,0.5,1,price<1\n0.2,1,1,vram_gb>=24\n`;
  const { where, bids, count, highest_micros_per_hour } = parseBulk(text, "orders.csv");
  assertEquals([where, count], [["vram_gb>=24", "price<1"], 3]);
  assertEquals(highest_micros_per_hour, 300_000);
  assertEquals(decodeBulkBids(bids), [
    { price_micros_per_hour: 300_000, duration_s: 14_400, quantity: 2, where: 0 },
    { price_micros_per_hour: 100_000, duration_s: 1_800, quantity: 1, where: 1 },
    { price_micros_per_hour: 200_000, duration_s: 3_600, quantity: 1, where: 0 },
  ]);
});

Deno.test("a bad line of a file of orders is named", () => {
  const good = "0.30,4,2,vram_gb>=24";
  for (
    const bad of ["-1,4,2,price<1", "0.3,0,2,price<1", "0.3,1,0,price<1", "0.3,1,1,vrm>1", "x", ""]
  ) {
    const text = `${BULK_HEADER}\n${good}\n${bad}\n${good}\n`;
    const refusal = assertThrows(() => parseBulk(text, "orders.csv"), HorizonError);
    assertMatch(refusal.message, /^orders\.csv, line 3: /);
  }
  for (const text of ["", "price\n", `${BULK_HEADER}\n`]) {
    assertThrows(() => parseBulk(text, "orders.csv"), HorizonError);
  }
});

Deno.test("orders in bulk rest, hold their money, and each can be taken back", async () => {
  await using person = new Person();
  await person.json("init");
  await person.json("wallet", "deposit", "5");
  const file = `${person.home}/orders.csv`;
  await Deno.writeTextFile(file, `${BULK_HEADER}\n0.30,2,1,vram_gb>=24\n0.20,1,2,vram_gb>=8\n`);
  const { plan } = await person.json("bid", "bulk", file, "--dry-run");
  assertEquals(plan, "Place 2 orders, which hold $1.00.");
  assertEquals((await person.json("bid", "list")).bids, []);
  const placed = await person.json("bid", "bulk", file);
  assertEquals([placed["count"], placed["hold_micros"]], [2, 1_000_000]);
  const second = `${placed["bid_id"]}-2`;
  assertEquals((await person.json("bid", "show", second))["hold_micros"], 400_000);
  await person.json("bid", "cancel", second);
  assertEquals((await person.json("wallet", "balance"))["held_micros"], 600_000);
});
