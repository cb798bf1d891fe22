import { adapterTest } from "../../adapter_test_case.ts";
import { assert, assertEquals } from "@std/assert";
import type { ProofSize } from "../../../src/proof/size.ts";
import { prove, register } from "./attacker.ts";
import { ending } from "./endings.ts";
import { RawClient } from "./raw_client.ts";
import { type ServedRegistry, serveRegistry } from "./served_registry.ts";
import { SharedAdapter } from "./shared_adapter.ts";
import { honest } from "./software_adapter.ts";

/** As small as makes a tenth of a second on a software adapter, since very many are made. */
const SIZE: ProofSize = { m: 512, k: 256, n: 2048, lanes: 2 ** 14, steps: 64, sweeps: 4 };
/** Polls of all daemons at most. */
const ROUNDS = 400;
const POLL_WAIT_MS = 300;

/** An id of the card, under a key of its own. */
interface Id {
  readonly client: RawClient;
  readonly gpu_id: string;
}

async function served(): Promise<ServedRegistry> {
  // A cohort is called as soon as the last one is over: to wait for hours would show no more.
  return await serveRegistry({}, { plan: () => SIZE, cohort_mean_ms: 1 });
}

/** So many ids, all of which prove themselves alone, one after the other, and are listed. */
async function listedIds(registry: ServedRegistry, count: number): Promise<Id[]> {
  const ids = Array.from({ length: count }, (_, i) => ({
    client: new RawClient(registry),
    gpu_id: `gpu-${i}`,
  }));
  for (const { client, gpu_id } of ids) {
    await register(client, gpu_id);
    await prove(client, gpu_id, honest);
  }
  return ids;
}

/** Proves those that are asked, all at one time, by the one adapter that they have. */
type Prove = (asked: readonly Id[]) => Promise<unknown>;

/** Polls for all ids and proves what is asked until at most `left` are listed; how each ended. */
async function provide(ids: readonly Id[], left: number, proveAll: Prove): Promise<string[]> {
  for (let round = 0; round < ROUNDS; round++) {
    const asked = await Promise.all(ids.map(async (id) => {
      const { challenges } = await id.client.poll([id.gpu_id], POLL_WAIT_MS);
      return challenges.length > 0 ? [id] : [];
    }));
    await proveAll(asked.flat());
    const views = await Promise.all(ids.map(({ client, gpu_id }) => client.gpu(gpu_id)));
    if (views.filter(({ status }) => status === "listed").length <= left) return views.map(ending);
  }
  throw new Error(`more than ${left} are still listed`);
}

function shared(): Prove {
  const adapter = new SharedAdapter();
  return (asked) =>
    Promise.all(asked.map(({ client, gpu_id }) => prove(client, gpu_id, adapter.begin)));
}

/** Another id each time is served first, through all that is timed, so that it is as fast as alone. */
function inTurn(): Prove {
  let turn = 0;
  return async (asked) => {
    const adapter = new SharedAdapter();
    const first = asked.length < 2 ? 0 : turn++ % asked.length;
    const order = [...asked.slice(first), ...asked.slice(0, first)];
    await Promise.all(order.map(({ client, gpu_id }, place) => {
      return prove(client, gpu_id, adapter.beginAt(place));
    }));
  };
}

// What it costs the attacker: nothing; each further id earns as a whole card would. What stops him: a
// random half of all idle ids starts at one time, and no opening is drawn before all have committed, so
// one card takes as many times as long as it has ids among them. Each id is judged against itself alone,
// three times, so that a loaded machine isn't punished. What stays is what one card may hold. Not
// stopped: a card that is as slow alone as it is with two ids is listed as two cards of half its speed.
for (const count of [2, 4, 8]) {
  const left = Math.max(1, count / 4);
  adapterTest(`one adapter under ${count} ids keeps at most ${left}`, async () => {
    await using registry = await served();
    const endings = await provide(await listedIds(registry, count), left, shared());
    const refused = endings.filter((one) => one === "refused: implausible unknown");
    assert(refused.length >= count - left, endings.join());
  });
}

adapterTest("ids that take turns at being fast are no better off", async () => {
  await using registry = await served();
  const endings = await provide(await listedIds(registry, 2), 1, inTurn());
  assert(endings.includes("refused: implausible unknown"), endings.join());
});

adapterTest("control: an adapter of its own keeps its id through cohorts", async () => {
  await using registry = await served();
  const [id] = await listedIds(registry, 1);
  for (let round = 0; round < 10; round++) await id!.client.poll([id!.gpu_id], 100);
  assertEquals(ending(await id!.client.gpu(id!.gpu_id)), "listed: software software");
});
