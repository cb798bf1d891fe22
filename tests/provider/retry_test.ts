import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { Backoff, pause, untilReached } from "../../src/provider/retry.ts";

Deno.test("waits grow to their bound, each at least half of its step", () => {
  const backoff = new Backoff();
  for (const step of [250, 500, 1000, 2000, 4000, 5000, 5000]) {
    const wait_ms = backoff.next();
    assert(wait_ms > step / 2 && wait_ms <= step, `${wait_ms} is not in (${step / 2}, ${step}]`);
  }
  backoff.reset();
  assert(backoff.next() <= 250);
});

Deno.test("what another attempt may cure is tried again, anything else is thrown at once", async () => {
  const never = new AbortController().signal;
  let attempts = 0;
  const result = await untilReached(() => {
    attempts += 1;
    return attempts < 2
      ? Promise.reject(new HorizonError("network", "away"))
      : Promise.resolve("here");
  }, never);
  assertEquals([result, attempts], ["here", 2]);
  const refused = () =>
    untilReached(() => Promise.reject(new HorizonError("forbidden", "")), never);
  assertEquals((await assertRejects(refused, HorizonError)).code, "forbidden");
});

Deno.test("a stop ends an attempt that never answers, and a pause", async () => {
  const stop = new AbortController();
  const waiting = untilReached(() => new Promise<never>(() => {}), stop.signal);
  const paused = pause(60_000, stop.signal);
  stop.abort();
  assertEquals((await assertRejects(() => waiting, HorizonError)).code, "interrupted");
  await paused;
});
