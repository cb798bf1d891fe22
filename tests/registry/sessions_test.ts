import { assertEquals } from "@std/assert";
import { LIMITS } from "../../src/protocol/limits.ts";
import { type Clock } from "../../src/base/clock.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { RateLimiter } from "../../src/registry/auth/rates.ts";
import {
  envelope,
  gpuBody,
  ManualClock,
  newActor,
  openTest,
  problemIn,
  sessionOf,
  type TestRegistry,
} from "./harness.ts";

const HASH = "0".repeat(64);

/** Code of the answer to a request that needs a session. */
async function ask(registry: TestRegistry, headers: Record<string, string>): Promise<string> {
  const response = await registry.fetch(`/v1/jobs/job_1/blobs/${HASH}`, { headers });
  return (await problemIn(response)).code;
}

async function open(registry: TestRegistry, given: unknown): Promise<string> {
  const init = { method: "POST", body: JSON.stringify(given) };
  const response = await registry.fetch("/v1/sessions", init);
  return response.ok ? "opened" : (await problemIn(response)).code;
}

Deno.test("a session token lets its actor in for fifteen minutes, and nobody without it", async () => {
  await using registry = await openTest();
  const headers = await sessionOf(registry, newActor());
  assertEquals(await ask(registry, headers), "job_not_found", "let in");
  assertEquals(await ask(registry, {}), "session_invalid");
  assertEquals(
    await ask(registry, { authorization: "Bearer " + "A".repeat(43) }),
    "session_invalid",
  );
  const changed = headers.authorization.slice(0, -1) +
    (headers.authorization.endsWith("A") ? "B" : "A");
  assertEquals(await ask(registry, { authorization: changed }), "session_invalid");
  registry.clock.pass(LIMITS.session_life_ms);
  assertEquals(await ask(registry, headers), "session_invalid");
});

Deno.test("a session envelope opens one session, for its actor, here and now", async () => {
  await using registry = await openTest();
  const actor = newActor();
  const good = await envelope(actor, registry, "session", {});
  const elsewhere = await envelope(actor, registry, "session", {}, { registry: actor.id });
  assertEquals(await open(registry, elsewhere), "intent_wrong_registry");
  assertEquals(
    await open(registry, { ...good, intent: { ...good.intent, actor: newActor().id } }),
    "invalid_signature",
  );
  const other = await envelope(actor, registry, "gpu.register", gpuBody("gpu-1"));
  assertEquals(await open(registry, other), "invalid_input");
  assertEquals(await open(registry, good), "opened");
  assertEquals(await open(registry, good), "intent_id_reused");
  registry.clock.pass(LIMITS.intent_life_ms);
  assertEquals(await open(registry, good), "intent_expired");
});

Deno.test("a session envelope is no intent", async () => {
  await using registry = await openTest();
  const session = await envelope(newActor(), registry, "session", {});
  const init = { method: "POST", body: JSON.stringify({ envelopes: [session] }) };
  const { results } = await (await registry.fetch("/v1/intents", init)).json();
  assertEquals(results[0].code, "invalid_input");
});

Deno.test("a caller who asks too often is told when to come back, and others are not held up", () => {
  const clock: Clock & { pass(ms: number): void } = new ManualClock();
  const limiter = new RateLimiter({ per_second: 10, burst: 20 }, clock);
  const wait = (caller: string, cost: number) => {
    try {
      limiter.take(caller, cost);
      return 0;
    } catch (thrown) {
      if (thrown instanceof HorizonError) return thrown.details?.retry_after_s;
      throw thrown;
    }
  };
  assertEquals(wait("a", 20), 0);
  assertEquals(wait("a", 15), 2);
  assertEquals(wait("b", 1), 0);
  clock.pass(1_500);
  assertEquals(wait("a", 15), 0);
  clock.pass(3_600_000);
  assertEquals(wait("a", 20), 0);
  assertEquals(wait("a", 1), 1, "no more than the burst lay in store");
  clock.pass(3_600_000);
  assertEquals(wait("a", 1_000), 0, "what is dearer than a full bucket takes all of it");
  assertEquals(wait("a", 1), 1);
});

Deno.test("a flood from one key is answered with 429 and Retry-After", async () => {
  await using registry = await openTest();
  const actor = newActor();
  const one = await envelope(actor, registry, "gpu.register", gpuBody("gpu-1"));
  const envelopes = Array(LIMITS.intents_per_request).fill(one);
  const post = () =>
    registry.fetch("/v1/intents", { method: "POST", body: JSON.stringify({ envelopes }) });
  const statuses: number[] = [];
  let last: Response | undefined;
  for (let sent = 0; sent <= LIMITS.rate_per_key_burst; sent += envelopes.length) {
    last = await post();
    statuses.push(last.status);
    await last.body?.cancel();
  }
  assertEquals(statuses, [200, 200, 429]);
  assertEquals(
    last?.headers.get("retry-after"),
    String(LIMITS.intents_per_request / LIMITS.rate_per_key),
  );
});
