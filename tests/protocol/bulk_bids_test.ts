import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import {
  type BulkBid,
  bulkFault,
  decodeBulkBids,
  encodeBulkBids,
} from "../../src/protocol/bulk_bids.ts";
import { INTENT_BODIES } from "../../src/protocol/intent.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { validate } from "../../src/protocol/validate.ts";
import { Random } from "../random.ts";

const FILTERS = 3;

function randomBids(random: Random, count: number): BulkBid[] {
  return Array.from({ length: count }, () => ({
    price_micros_per_hour: random.below(2 ** 32),
    duration_s: LIMITS.duration_min_s + random.below(1_000_000),
    quantity: 1 + random.below(LIMITS.bid_quantity),
    where: random.below(FILTERS),
  }));
}

Deno.test("bids come out of their bytes as they went in, up to the largest bulk", () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  for (
    const count of [
      1,
      2,
      LIMITS.bulk_bids,
      ...Array.from({ length: 50 }, () => 1 + random.below(99)),
    ]
  ) {
    const bids = randomBids(random, count);
    assertEquals(decodeBulkBids(encodeBulkBids(bids)), bids);
    assertEquals(bulkFault(encodeBulkBids(bids), FILTERS), null);
  }
});

Deno.test("a bad bid is named by its place among the others", () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const spoilt: Partial<BulkBid>[] = [
    { duration_s: 0 },
    { duration_s: LIMITS.duration_max_s + 1 },
    { quantity: 0 },
    { quantity: LIMITS.bid_quantity + 1 },
    { where: FILTERS },
  ];
  for (const spoil of spoilt) {
    const bids = randomBids(random, 20);
    const index = random.below(20);
    Object.assign(bids[index] ?? {}, spoil);
    assertEquals(bulkFault(encodeBulkBids(bids), FILTERS)?.index, index);
    const body = { where: ["a>1", "b>1", "c>1"], bids: encodeBulkBids(bids), expires_at: null };
    const refuse = () => validate(INTENT_BODIES["bid.bulk"], body, "The intent");
    const refusal = assertThrows(refuse, HorizonError);
    assertStringIncludes(refusal.message, `bids.${index}`);
  }
});

Deno.test("bytes that are no whole bids, none or too many are refused", () => {
  const many = encodeBulkBids(randomBids(new Random(1), LIMITS.bulk_bids)) + "AAAA".repeat(8);
  for (const text of ["", "AAAA", "not base64!", many]) {
    assertEquals(bulkFault(text, FILTERS)?.index, null, text.slice(0, 20));
  }
});
