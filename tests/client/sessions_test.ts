import { assertEquals, assertRejects } from "@std/assert";
import { SessionToken } from "../../src/client/sessions.ts";

/** A registry's sessions, counted; the clock is set by hand. */
function setUp(life_ms: number) {
  const clock = { at: 0, now: () => clock.at, monotonic: () => clock.at };
  let opened = 0;
  const token = new SessionToken(() => {
    opened++;
    return Promise.resolve({ token: `token-${opened}`, expires_at: clock.at + life_ms });
  }, clock);
  return { clock, token };
}

Deno.test("a token is kept, shared by calls at the same time, and renewed before it ends", async () => {
  const { clock, token } = setUp(15 * 60_000);
  assertEquals(
    await Promise.all([token.get(), token.get(), token.get()]),
    Array(3).fill("token-1"),
  );
  clock.at = 13 * 60_000;
  assertEquals(await token.get(), "token-1");
  clock.at = 14 * 60_000;
  assertEquals(await Promise.all([token.get(), token.get()]), ["token-2", "token-2"]);
});

Deno.test("a forgotten token is not used again", async () => {
  const { token } = setUp(15 * 60_000);
  await token.get();
  token.forget();
  assertEquals(await token.get(), "token-2");
});

Deno.test("a session that could not be opened is asked for again", async () => {
  let attempts = 0;
  const token = new SessionToken(() => {
    attempts++;
    if (attempts === 1) return Promise.reject(new Error("down"));
    return Promise.resolve({ token: "t", expires_at: 1e15 });
  }, { now: () => 0, monotonic: () => 0 });
  await assertRejects(() => token.get(), Error, "down");
  assertEquals(await token.get(), "t");
});
