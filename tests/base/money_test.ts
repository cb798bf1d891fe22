import { assert, assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import {
  costMicros,
  formatDollars,
  holdMicros,
  MAX_AMOUNT_MICROS,
  MAX_PRICE_MICROS_PER_HOUR,
  parseDollars,
} from "../../src/base/money.ts";
import { seeded } from "./seeded.ts";

Deno.test("what is no plain amount in dollars is refused", () => {
  const wrong = [
    ..."-1 +1 NaN Infinity 1e400 1e2 0x10 .5 5. 1,5 $1 1.0000001 1.2.3 ٣ ∞".split(" "),
    "",
    " ",
    "1 2",
    "1\u0000",
    "9".repeat(10_000),
  ];
  for (const text of wrong) {
    const error = assertThrows(() => parseDollars(text, "The price"), HorizonError);
    assertEquals(error.code, "invalid_price", text);
    assert(error.message.length < 200, "the message repeats no long text");
  }
});

Deno.test("an amount above its limit is refused, and the limit itself is not", () => {
  assertEquals(parseDollars("1000000000", "It"), MAX_AMOUNT_MICROS);
  for (const above of ["1000000000.000001", "99999999999", "999999999999999.999999"]) {
    const { message } = assertThrows(() => parseDollars(above, "It"), HorizonError);
    assertEquals(message, `It is above the limit of $1000000000.00: "${above}"`);
  }
  const top = formatDollars(MAX_PRICE_MICROS_PER_HOUR).slice(1);
  assertEquals(parseDollars(top, "It", MAX_PRICE_MICROS_PER_HOUR), MAX_PRICE_MICROS_PER_HOUR);
});

Deno.test("micro-dollars survive being written and read", () => {
  const random = seeded("money text");
  for (let i = 0; i < 2000; i++) {
    const micros = Math.floor((random.below(1e9) / 1e9) ** 4 * MAX_AMOUNT_MICROS);
    const text = formatDollars(micros);
    assert(/^\$\d+\.\d{2,6}$/.test(text), text);
    assertEquals(parseDollars(text.slice(1), "It"), micros);
    assertEquals(formatDollars(-micros), micros === 0 ? "$0.00" : `-${text}`);
  }
});

Deno.test("a hold covers the cost, both are exact, and they differ by less than a micro-dollar", () => {
  const random = seeded("money hold");
  for (let i = 0; i < 2000; i++) {
    const price = random.below(MAX_PRICE_MICROS_PER_HOUR);
    const seconds = random.below(366 * 24 * 3600);
    const exact = BigInt(price) * BigInt(seconds);
    const hold = BigInt(holdMicros(price, seconds)) * 3600n;
    const cost = BigInt(costMicros(price, seconds)) * 3600n;
    assert(hold >= exact && hold - exact < 3600n);
    assert(cost <= exact && exact - cost < 3600n);
  }
});

Deno.test("parts of a time never cost more than the whole", () => {
  const random = seeded("money parts");
  for (let i = 0; i < 2000; i++) {
    const price = random.below(MAX_PRICE_MICROS_PER_HOUR);
    const [a, b] = [random.below(1e6), random.below(1e6)];
    assert(costMicros(price, a) + costMicros(price, b) <= costMicros(price, a + b));
  }
});
