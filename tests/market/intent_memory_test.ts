import { assertEquals, assertNotEquals } from "@std/assert";
import { bodyHash, deserialize, seen, serialize } from "../../src/market/market.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { intentOf, MINUTE_MS, NODE, OTHER, present, RENTER, Rig } from "./rig.ts";

function deposited(): { rig: Rig; intent: ReturnType<typeof intentOf>; seq: number } {
  const rig = new Rig();
  const intent = intentOf(NODE, "wallet.deposit", { to: RENTER, amount_micros: 5 }, rig.at);
  const event = present(rig.offer(intent).at(-1));
  return { rig, intent, seq: event.seq };
}

Deno.test("an answered intent is remembered by actor and id, with its place and the hash of its body", () => {
  const { rig, intent, seq } = deposited();
  assertEquals(seen(rig.state, NODE, intent.id), { body_sha256: bodyHash(intent), seq });
  assertEquals(seen(rig.state, OTHER, intent.id), undefined);
});

Deno.test("the hash of a body tells another body and another type apart, not other dates", () => {
  const body = { to: RENTER, amount_micros: 5 };
  const intent = intentOf(NODE, "wallet.deposit", body, 1000);
  assertEquals(bodyHash(intentOf(NODE, "wallet.deposit", body, 2000)), bodyHash(intent));
  const more = intentOf(NODE, "wallet.deposit", { ...body, amount_micros: 6 }, 1000);
  assertNotEquals(bodyHash(more), bodyHash(intent));
  const lease = { lease_id: "lease_1" };
  assertNotEquals(
    bodyHash(intentOf(RENTER, "lease.end", lease, 1)),
    bodyHash(intentOf(RENTER, "lease.extend", { ...lease, duration_s: 60 }, 1)),
  );
});

Deno.test("an intent is remembered until five minutes after it expires, then forgotten", () => {
  const { rig, intent } = deposited();
  const until = intent.expires_at + LIMITS.intent_memory_ms;
  rig.at = until;
  rig.deposit(RENTER, 1);
  assertNotEquals(seen(rig.state, NODE, intent.id), undefined);
  rig.at = until + MINUTE_MS;
  rig.deposit(RENTER, 1);
  assertEquals(seen(rig.state, NODE, intent.id), undefined);
});

Deno.test("what is remembered survives a snapshot, and is forgotten at the same time", () => {
  const { rig, intent, seq } = deposited();
  rig.state = deserialize(serialize(rig.state));
  assertEquals(seen(rig.state, NODE, intent.id), { body_sha256: bodyHash(intent), seq });
  rig.at = intent.expires_at + LIMITS.intent_memory_ms + MINUTE_MS;
  rig.deposit(RENTER, 1);
  assertEquals(seen(rig.state, NODE, intent.id), undefined);
});

Deno.test("a rejected intent uses up its id, and makes nobody known", () => {
  const rig = new Rig({ welcome_credit_micros: 7 });
  const intent = intentOf(OTHER, "job.cancel", { job_id: "job_9" }, rig.at);
  const seq = rig.reject(intent, "job_not_found");
  assertEquals(seen(rig.state, OTHER, intent.id)?.seq, seq);
  assertEquals(rig.state.accounts.has(OTHER), false);
});
