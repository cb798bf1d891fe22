import { assert, assertEquals } from "@std/assert";
import { type Chip, CHIPS } from "../../../src/proof/chips.ts";
import { challengeSeed } from "../../../src/proof/challenge.ts";
import { operationsOf } from "../../../src/proof/size.ts";
import type { ChallengeView } from "../../../src/protocol/challenge.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { challengeIn, finish, register } from "./attacker.ts";
import { CpuPoser, firstRows } from "./cpu_poser.ts";
import { ending, endingOf, leaves } from "./endings.ts";
import { listingOf } from "./forged_card.ts";
import { RawClient } from "./raw_client.ts";
import { serveRegistry } from "./served_registry.ts";

/** Attackers at a time: a registry has its bounds. */
const AT_ONCE = 8;

/** A CPU that is listed as a card of this class, of which the registry has begun to ask a proof. */
interface Poser {
  client: RawClient;
  gpu_id: string;
  view: ChallengeView;
}

/** One class of each architecture of the table, that with the most memory. */
function oneOfEachArchitecture(): Chip[] {
  const largest = CHIPS.toSorted((a, b) => a.memory_gb - b.memory_gb);
  return [...new Map(largest.map((chip) => [chip.architecture, chip])).values()];
}

/** Poses as each of these, under a key of its own. */
async function poseAs(
  chips: readonly Chip[],
  attack: (poser: Poser) => Promise<void>,
): Promise<void> {
  await using registry = await serveRegistry();
  for (let at = 0; at < chips.length; at += AT_ONCE) {
    await Promise.all(
      chips.slice(at, at + AT_ONCE).map(async (chip) => {
        const client = new RawClient(registry);
        await register(client, chip.id, listingOf(chip));
        const view = await client.start(await client.issue(chip.id));
        await attack({ client, gpu_id: chip.id, view });
      }),
    );
  }
}

/** What this machine's CPU does, by one thread of JavaScript, in operations a second of the product. */
function cpuSpeed(): number {
  const size = { m: 32, k: 1024, n: 4096 };
  firstRows(new Uint8Array(32), size, 1);
  const started = performance.now();
  firstRows(new Uint8Array(32), size, size.m);
  return operationsOf(size) * 1000 / (performance.now() - started);
}

// What it costs the attacker: a CPU. What stops him: the proof is planned by the class that is claimed,
// and its deadline is what the slowest such card needs, and ten seconds. A CPU that keeps to it must have
// 15 % of the card's integer arithmetic and of its bandwidth: for the smallest cards of the table that is
// a large server, which costs more than the card.
Deno.test("an honest proof by a CPU that poses as a GPU takes too long for every class", async () => {
  const speed = cpuSpeed();
  await using registry = await serveRegistry();
  const needed_s = await Promise.all(CHIPS.map(async (chip) => {
    const client = new RawClient(registry);
    await register(client, chip.id, listingOf(chip));
    const view = await client.start(await client.issue(chip.id));
    return operationsOf(view) / speed;
  }));
  const [least_s, most_s] = [Math.min(...needed_s), Math.max(...needed_s)];
  console.log(
    `${CHIPS.length} classes; this CPU needs ${least_s.toFixed()} to ${most_s.toFixed()} s`,
  );
  // Nothing is left out by not waiting for it: each of them would still be at work by then.
  assert(least_s * 1000 > LIMITS.proof_stage_max_ms);
  registry.clock.leap(LIMITS.proof_stage_max_ms);
  for (const { id } of CHIPS) {
    const gpu = await leaves(new RawClient(registry), id, "unproven");
    assertEquals(ending(gpu), "refused: failed deadline", id);
  }
});

Deno.test("a CPU that answers in time with what it has fails for every architecture", async () => {
  await poseAs(oneOfEachArchitecture(), async ({ client, gpu_id, view }) => {
    const challenge = challengeIn(view);
    const seed = challengeSeed(challenge, client.identity.id, gpu_id);
    await finish(client, view.challenge_id, seed, new CpuPoser(seed, challenge, 1));
    assertEquals(await endingOf(client, gpu_id), "refused: failed chain", gpu_id);
  });
});
