import { assert, assertEquals } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import type { Identity } from "../../src/base/identity.ts";
import { newId } from "../../src/base/ids.ts";
import type { Client } from "../../src/client/client.ts";
import { Random } from "../random.ts";
import { type Acks, checkAcknowledged } from "./acknowledged.ts";
import { Home } from "./binary.ts";
import { replayFolder } from "./replay_folder.ts";
import { gpuBody, judgement, newActor, serve, type Served } from "./served.ts";

const ROUNDS = 20;
const RENTERS = 8;
/** A round is killed after this many acknowledgements, at random between the two. */
const ACKS = { least: 20, most: 200 };
const DEPOSIT_MICROS = 1_000_000_000;

Deno.test("kill -9 under write load loses nothing acknowledged, and the replay equals the snapshot", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  await using home = new Home("crash");
  const owner = newActor();
  const renters = Array.from({ length: RENTERS }, newActor);
  const acks: Acks = new Map();
  let served = await serve(home);
  await stockMarket(served, owner, renters);
  for (let round = 0; round < ROUNDS; round++) {
    const target = acks.size + ACKS.least + random.below(ACKS.most - ACKS.least);
    await loadUntilKilled(served, renters, acks, target);
    served = await serve(home);
    await checkAcknowledged(served.operator, acks);
  }
  assert(acks.size >= ROUNDS * ACKS.least);
  assertEquals(await served.process.kill("SIGTERM"), 0);
  const { from_first_event, from_snapshot, sum_micros } = await replayFolder(`${home.folder}/data`);
  assertEquals(sum_micros, 0);
  assertEquals(from_first_event, from_snapshot);
});

/** A listed GPU for each renter, and money. */
async function stockMarket(served: Served, owner: Identity, renters: Identity[]): Promise<void> {
  const seller = served.as(owner);
  for (const [i, renter] of renters.entries()) {
    const gpu_id = `gpu-${i}`;
    await seller.submit("gpu.register", gpuBody(gpu_id, 250_000));
    await served.operator.submit("gpu.judge", judgement(gpu_id, newId(Date.now())));
    const liveness = { gpu_id, online: true, last_seen: Date.now() };
    await served.operator.submit("gpu.liveness", liveness);
    const deposit = { to: renter.id, amount_micros: DEPOSIT_MICROS };
    await served.operator.submit("wallet.deposit", deposit);
  }
}

/** Every renter writes as fast as it is answered, until the process is killed at the target. */
async function loadUntilKilled(
  served: Served,
  renters: Identity[],
  acks: Acks,
  target: number,
): Promise<void> {
  const killed = Promise.withResolvers<void>();
  const acknowledge = (sha256: string, seq: number) => {
    acks.set(sha256, seq);
    if (acks.size === target) served.process.kill("SIGKILL").then(() => killed.resolve());
  };
  const writers = renters.map((renter, i) => write(served.as(renter), `gpu-${i}`, acknowledge));
  await killed.promise;
  await Promise.all(writers);
}

/** Rents, extends and ends, over and over, until the registry does not answer any more. */
async function write(
  client: Client,
  gpu_id: string,
  acknowledge: (sha256: string, seq: number) => void,
): Promise<void> {
  const send: Client["submit"] = async (type, body) => {
    const accepted = await client.submit(type, body);
    acknowledge(accepted.intent_sha256, accepted.seq);
    return accepted;
  };
  try {
    const { leases } = await client.leases({ gpu_id, state: "live" });
    for (const lease of leases) await send("lease.end", { lease_id: lease.lease_id });
    for (;;) {
      const expected = { verdict: "verified", class: "RTX 3090" } as const;
      const terms = { gpu_id, duration_s: 3600, max_price_micros_per_hour: 250_000, expected };
      const { data } = await send("lease.rent", terms);
      const lease_id = String(data["lease_id"]);
      await send("lease.extend", { lease_id, duration_s: 600 });
      await send("lease.end", { lease_id });
    }
  } catch (thrown) {
    // A killed registry is out of reach; one that shuts a connection in mid-answer answers badly.
    const codes = ["network", "bad_gateway", "timeout", "gpu_offline"];
    if (!(thrown instanceof HorizonError) || !codes.includes(thrown.code)) throw thrown;
  }
}
