import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { keyFilePath, loadKeyFile } from "../../src/base/keyfile.ts";
import { loadJobFile, requireShader } from "../../src/cli/job_file.ts";
import { sendInputs } from "../../src/cli/job_upload.ts";
import { writeWgslTemplate } from "../../src/cli/job_template.ts";
import { endLease, leaseSeconds, rentBriefly } from "../../src/cli/quote/brief_lease.ts";
import { findCandidates } from "../../src/cli/quote/candidates.ts";
import { quoteGpu } from "../../src/cli/quote/gpu_quote.ts";
import { sharedInputs } from "../../src/cli/quote/shared_inputs.ts";
import { Client, fetchNode } from "../../src/client/client.ts";
import { inProcessTransport } from "../../src/client/transport.ts";
import { openRegistry } from "../../src/registry/registry.ts";
import { listGpu } from "./listing.ts";
import { Person } from "./person.ts";

const MAIN_URL = new URL("../../src/main.ts", import.meta.url).href;

/** A renter's client of a registry with one GPU, whose answers to intents can be lost on the way. */
async function shakyRegistry(clock: Clock = systemClock) {
  await using stack = new AsyncDisposableStack();
  const person = stack.use(new Person());
  await person.json("init");
  await person.json("wallet", "deposit", "10");
  await writeWgslTemplate(`${person.home}/job`);
  await listGpu(person, { gpu_id: "rig-1", price: "0.30" });
  const folder = `${person.home}/data`;
  const registry = await openRegistry({ folder, mode: "embedded", main_url: MAIN_URL, clock });
  stack.defer(() => registry.close());
  const line = { answers_to_lose: 0, is_down: false };
  const transport = inProcessTransport(async (request) => {
    if (line.is_down) throw new TypeError("the line is down");
    const answer = await registry.fetch(request);
    if (request.method !== "POST" || line.answers_to_lose === 0) return answer;
    line.answers_to_lose--;
    await answer.body?.cancel();
    throw new TypeError("the answer was lost");
  });
  const identity = await loadKeyFile(keyFilePath(`${person.home}/config`, null));
  const { node_id } = await fetchNode(transport);
  const wait = () => Promise.resolve();
  const client = new Client({ transport, identity, node_id, wait, clock });
  const owned = stack.move();
  return {
    client,
    line,
    job_file: `${person.home}/job/job.yaml`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const ANY = { where: undefined, max: 4, own: true, max_micros_per_hour: null };

Deno.test("a lease whose answer was lost is ended; one that isn't asked for is left", async () => {
  await using registry = await shakyRegistry();
  const { client, line } = registry;
  const [gpu] = await findCandidates(client, ANY);
  if (gpu === undefined) throw new Error("nothing is listed");
  line.answers_to_lose = 4; // The attempts of one intent.
  const error = await assertRejects(() => rentBriefly(client, gpu, 75), HorizonError);
  assertEquals(error.code, "network");
  const { leases } = await client.leases({ state: "ended" });
  assertEquals(leases.map(({ duration_s, reason }) => [duration_s, reason]), [
    [75, "ended_by_renter"],
  ]);
  assertEquals((await client.wallet()).held_micros, 0);

  const lease_id = await rentBriefly(client, gpu, 3600);
  line.answers_to_lose = 3;
  await assertRejects(() => rentBriefly(client, gpu, 75), HorizonError);
  assertEquals((await client.lease(lease_id)).state, "live");
});

Deno.test("a lease that can't be ended is told with the command that ends it", async () => {
  await using registry = await shakyRegistry();
  const { client, line } = registry;
  const [gpu] = await findCandidates(client, ANY);
  if (gpu === undefined) throw new Error("nothing is listed");
  const lease_id = await rentBriefly(client, gpu, 75);
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
  };
  line.is_down = true;
  assertEquals(await endLease(client, lease_id, note), null);
  assertMatch(notes.join("\n"), new RegExp(`horizon lease end ${lease_id}`));
  line.is_down = false;
  assertEquals((await endLease(client, lease_id, note))?.reason, "ended_by_renter");
  // Once more is no mistake: it may have ended by itself.
  assertEquals((await endLease(client, lease_id, note))?.reason, "ended_by_renter");
  assertEquals(notes.length, 2);
});

Deno.test("a provider that takes no job costs no more than the lease, and is named", async () => {
  const late = { ms: 0 };
  const clock = { now: () => Date.now() + late.ms, monotonic: () => performance.now() + late.ms };
  await using registry = await shakyRegistry(clock);
  const { client } = registry;
  const [gpu] = await findCandidates(client, ANY);
  if (gpu === undefined) throw new Error("nothing is listed");
  const loaded = requireShader(await loadJobFile(registry.job_file));
  const quoting = quoteGpu(gpu, {
    client,
    loaded,
    inputs: sharedInputs(() => sendInputs(client, loaded, () => {})),
    sample_s: 1,
    lease_s: 75,
    signal: new AbortController().signal,
    onStep: () => {},
    note: () => {},
  });
  const polled = await client.poll({ gpus: ["rig-1"], jobs: [], wait_ms: 10_000 });
  assertEquals(polled.assignments.length, 1);
  late.ms = 80_000;
  const { lease, outcome } = await quoting;
  const { failure } = { failure: undefined, ...outcome };
  assertEquals([lease?.reason, lease?.metered_s, failure?.code], ["expired", 75, "timeout"]);
  assertMatch(failure?.message ?? "", /lease ended before the sample/);
});

Deno.test("a lease has room for its samples and inputs, within the market's limits", () => {
  assertEquals(leaseSeconds(5, 0), 75);
  assertEquals(leaseSeconds(5, 100 * 1024 * 1024), 125);
  assertEquals(leaseSeconds(300, 0), 960);
  assertEquals(leaseSeconds(300, 1e12), 3600);
});

Deno.test("inputs are sent once for all who wait, and again after a failure", async () => {
  let sent = 0;
  const inputs = sharedInputs(() => {
    sent++;
    return sent === 1 ? Promise.reject(new Error("no lease")) : Promise.resolve({});
  });
  await Promise.all([assertRejects(inputs, Error, "no lease"), assertRejects(inputs)]);
  assertEquals(await Promise.all([inputs(), inputs()]), [{}, {}]);
  await inputs();
  assertEquals(sent, 2);
});
