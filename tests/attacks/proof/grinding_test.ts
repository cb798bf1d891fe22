import { adapterTest } from "../../adapter_test_case.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { challengeIn, prove, register } from "./attacker.ts";
import { ending, endingOf, leaves } from "./endings.ts";
import { RawClient, Refused } from "./raw_client.ts";
import { type ServedRegistry, serveRegistry } from "./served_registry.ts";
import { honest } from "./software_adapter.ts";

const GPU = "gpu-1";
const ZERO = new Uint8Array(32);

/** A code that the registry refused something with. */
async function codeOf(asked: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => asked, Refused)).code;
}

async function listed(registry: ServedRegistry): Promise<RawClient> {
  const client = new RawClient(registry);
  await register(client, GPU);
  await prove(client, GPU, honest);
  assertEquals(await endingOf(client, GPU), "listed: software software");
  return client;
}

// What it costs the attacker: a root each, if roots could be tried until a lucky draw. What stops him:
// a stage takes one commitment, and the draw is the registry's own, from no root (no Fiat–Shamir).
adapterTest("a stage takes one commitment: none can be tried again for a better draw", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  const { challenge_id, sweeps } = challengeIn(await client.start(await client.issue(GPU)));
  const roots = Array.from({ length: sweeps }, () => ZERO);
  await client.commit(challenge_id, "matrix", ZERO);
  assertEquals(await codeOf(client.commit(challenge_id, "matrix", ZERO)), "challenge_state");
  await client.commit(challenge_id, "chain", ZERO);
  assertEquals(await codeOf(client.commit(challenge_id, "matrix", ZERO)), "challenge_state");
  assertEquals(await codeOf(client.commit(challenge_id, "chain", ZERO)), "challenge_state");
  await client.sweep(challenge_id, roots);
  assertEquals(await codeOf(client.sweep(challenge_id, roots)), "challenge_state");
  await client.answer(challenge_id, "");
  assertEquals(await endingOf(client, GPU), "refused: failed openings");
  assertEquals(await codeOf(client.answer(challenge_id, "")), "answer_late");
});

adapterTest("a GPU has one challenge at a time: there is none to choose from", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  const first = await client.issue(GPU);
  assertEquals(await codeOf(client.issue(GPU)), "limit_reached");
  await client.start(first);
  assertEquals(await codeOf(client.issue(GPU)), "limit_reached");
});

adapterTest("an owner has so many challenges at a time, and no more", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  for (let i = 0; i <= LIMITS.challenges_open_per_actor; i++) await register(client, `gpu-${i}`);
  for (let i = 0; i < LIMITS.challenges_open_per_actor; i++) await client.issue(`gpu-${i}`);
  const one_more = client.issue(`gpu-${LIMITS.challenges_open_per_actor}`);
  assertEquals(await codeOf(one_more), "limit_reached");
});

// What it costs the attacker: each challenge that he leaves is a failure, in public and for good, and
// takes his listing with it. What stops him: the deadline of each step.
adapterTest("a challenge that is left ends a listing, at whatever step", async (t) => {
  const steps = {
    "after its echo": async () => {},
    "after its nonce": async (client: RawClient, issued) => {
      await client.start(issued);
    },
    "after the product": async (client, issued) => {
      await client.start(issued);
      await client.commit(issued.challenge_id, "matrix", ZERO);
    },
    "after the draw": async (client, issued) => {
      const { challenge_id, sweeps } = await client.start(issued);
      await client.commit(challenge_id, "matrix", ZERO);
      await client.commit(challenge_id, "chain", ZERO);
      await client.sweep(challenge_id, Array.from({ length: sweeps }, () => ZERO));
    },
  } satisfies Record<
    string,
    (client: RawClient, issued: Awaited<ReturnType<RawClient["issue"]>>) => Promise<void>
  >;
  for (const [name, go] of Object.entries(steps)) {
    await t.step(name, async () => {
      await using registry = await serveRegistry();
      const client = await listed(registry);
      const issued = await client.issue(GPU);
      await go(client, issued);
      assertEquals(await endingOf(client, GPU), "listed: software software");
      registry.clock.leap(LIMITS.proof_stage_max_ms);
      const gpu = await leaves(client, GPU, "listed");
      assertEquals(ending(gpu), "refused: failed deadline");
      assertEquals(await codeOf(client.start(issued)), "answer_late");
    });
  }
});
