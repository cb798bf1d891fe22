import { assertEquals, assertNotEquals } from "@std/assert";
import { asksTheSame, deserialize, seen, serialize } from "../../src/market/market.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { intentOf, MINUTE_MS, NODE, OTHER, present, RENTER, Rig } from "./rig.ts";

function deposited(): { rig: Rig; intent: ReturnType<typeof intentOf>; seq: number } {
  const rig = new Rig();
  const intent = intentOf(NODE, "wallet.deposit", { to: RENTER, amount_micros: 5 }, rig.at);
  const event = present(rig.offer(intent).at(-1));
  return { rig, intent, seq: event.seq };
}

Deno.test("an answered intent is remembered by actor and id, with its place", () => {
  const { rig, intent, seq } = deposited();
  assertEquals(seen(rig.state, NODE, intent.id), seq);
  assertEquals(seen(rig.state, OTHER, intent.id), undefined);
});

Deno.test("the same type and body ask the same, whatever the dates and the order of fields", () => {
  const body = { to: RENTER, amount_micros: 5 };
  const intent = intentOf(NODE, "wallet.deposit", body, 1000);
  const turned = { amount_micros: 5, to: RENTER };
  assertEquals(asksTheSame(intentOf(NODE, "wallet.deposit", turned, 2000), intent), true);
  const more = intentOf(NODE, "wallet.deposit", { ...body, amount_micros: 6 }, 1000);
  assertEquals(asksTheSame(more, intent), false);
  const job = { job_id: "job_1" };
  const cancel = intentOf(RENTER, "job.cancel", job, 1);
  assertEquals(asksTheSame(cancel, intentOf(RENTER, "job.claim", job, 1)), false);
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
  assertEquals(seen(rig.state, NODE, intent.id), seq);
  rig.at = intent.expires_at + LIMITS.intent_memory_ms + MINUTE_MS;
  rig.deposit(RENTER, 1);
  assertEquals(seen(rig.state, NODE, intent.id), undefined);
});

Deno.test("a rejected intent uses up its id, and makes nobody known", () => {
  const rig = new Rig({ welcome_credit_micros: 7 });
  const intent = intentOf(OTHER, "job.cancel", { job_id: "job_9" }, rig.at);
  const seq = rig.reject(intent, "job_not_found");
  assertEquals(seen(rig.state, OTHER, intent.id), seq);
  assertEquals(rig.state.accounts.has(OTHER), false);
});
