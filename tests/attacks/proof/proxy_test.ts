import { adapterTest } from "../../adapter_test_case.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Challenge, challengeSeed } from "../../../src/proof/challenge.ts";
import { judge } from "../../../src/proof/judge.ts";
import { planProof } from "../../../src/proof/plan.ts";
import { ratedSpeeds } from "../../../src/proof/chips.ts";
import { chainOperationsOf, operationsOf, sweptBytesOf } from "../../../src/proof/size.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { type Begin, prove, type Proving, register } from "./attacker.ts";
import { ending, endingOf, leaves } from "./endings.ts";
import { adapterOf, chip } from "./forged_card.ts";
import { RawClient, Refused } from "./raw_client.ts";
import { type ServedRegistry, serveRegistry } from "./served_registry.ts";
import { honest } from "./software_adapter.ts";

const GPU = "gpu-1";

/** Hands each stage to another machine, and answers `delay_ms` later than that machine did. */
function proxied(registry: ServedRegistry, delay_ms: number): Begin {
  const later = async <T>(work: T | Promise<T>): Promise<T> => {
    const done = await work;
    // The way there and back: time that goes by on the registry's clock.
    registry.clock.leap(delay_ms);
    return done;
  };
  return async (challenge: Challenge, seed: Uint8Array): Promise<Proving> => {
    const far = await honest(challenge, seed);
    return {
      matrix: () => later(far.matrix()),
      chain: (key) => later(far.chain(key)),
      sweep: (key) => later(far.sweep(key)),
      open: (draw) => later(far.open(draw)),
    };
  };
}

async function proven(delay_ms: number) {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  await prove(client, GPU, proxied(registry, delay_ms));
  const gpu = await client.gpu(GPU);
  if (gpu.verdict === null) throw new Error("no verdict");
  return { ended: ending(gpu), figures: gpu.verdict.figures };
}

// What it costs the attacker: the faster card, which he has, and its electricity; each GPU that he lists
// so keeps it from another. What stops him: nothing, if the way to it is short. What is listed is the
// card that computes, and jobs run as fast as it does, less the way. The test shows what is seen: the
// round trip to the proxy is measured, the way behind it is not, and makes every figure lower.
adapterTest(
  "documented: a proxy passes as the card behind it, slower by the way there",
  async () => {
    const near = await proven(0);
    assertEquals(near.ended, "listed: software software", "control: a proxy without a delay");
    const delay_ms = 2_000;
    const far = await proven(delay_ms);
    assertEquals(far.ended, "listed: software software");
    const { figures } = far;
    assert(figures.elapsed_ms >= delay_ms && (figures.chain_ms ?? 0) >= delay_ms);
    assert((figures.round_trip_ms ?? 0) < delay_ms, "no round trip to the proxy excuses the way");
    assert(figures.gops < operationsOf(figures) / 1e6 / delay_ms + 1);
    const told = (one: typeof near) => JSON.stringify(one.figures);
    console.log(`without a delay ${told(near)}, with ${delay_ms} ms ${told(far)}`);
  },
);

adapterTest("a proxy that takes longer than the slowest card of the class has failed", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  const late = prove(client, GPU, proxied(registry, LIMITS.proof_stage_max_ms));
  assertEquals((await assertRejects(() => late, Refused)).code, "answer_late");
  assertEquals(ending(await leaves(client, GPU, "unproven")), "refused: failed deadline");
  assertEquals(await endingOf(client, GPU), "refused: failed deadline");
});

adapterTest(
  "another key's card answers nothing for this one: the seed binds the key and the id",
  async () => {
    await using registry = await serveRegistry();
    const client = new RawClient(registry), friend = new RawClient(registry);
    await register(client, GPU);
    await prove(client, GPU, async (challenge) => {
      return await honest(challenge, challengeSeed(challenge, friend.identity.id, GPU));
    });
    assertEquals((await client.gpu(GPU)).verdict?.verdict, "failed");
  },
);

/** The verdict on a card that reaches 70 % of its rating, if each stage takes so much longer. */
function verdictWith(id: string, delay_ms: number) {
  const card = chip(id);
  const rated = ratedSpeeds(card);
  const size = planProof({ ...rated, vram_gb: card.memory_gb }, 30);
  const took_ms = (amount: number, rate_g: number) => amount / 1e6 / (0.7 * rate_g) + delay_ms;
  return judge({
    size,
    elapsed_ms: took_ms(operationsOf(size), rated.gops),
    chain_ms: took_ms(chainOperationsOf(size), rated.chain_gops),
    sweep_ms: took_ms(sweptBytesOf(size), rated.memory_mb_per_s / 1000),
    round_trip_ms: 30,
    claimed_type: card.name,
    claimed_vram_gb: card.memory_gb,
    adapter: adapterOf(card),
    outcome: { ok: true },
  });
}

Deno.test("documented: how long the way to the card may be before its class is lost", () => {
  for (const id of ["rtx-3090", "rtx-4090", "h200", "apple-m1"]) {
    assertEquals(verdictWith(id, 0).verdict, "verified", id);
    let delay_ms = 50;
    while (verdictWith(id, delay_ms).verdict === "verified") delay_ms += 50;
    console.log(`${id}: a way of ${delay_ms} ms a stage costs it its class`);
    assertEquals(verdictWith(id, delay_ms).verdict, "implausible", id);
    assert(delay_ms <= 10_000, id);
  }
});
