import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { Client } from "../../src/client/client.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { inProcessTransport } from "../../src/client/transport.ts";
import { LOCAL_TOKEN_HEADER } from "../../src/protocol/api.ts";
import { IntentResult, Receipt } from "../../src/protocol/api.ts";
import type { Identity } from "../../src/base/identity.ts";
import {
  accepted,
  envelope,
  listGpu,
  newActor,
  problemIn,
  rentGpu,
  type TestRegistry,
} from "../registry/harness.ts";
import { submitJob, succeedJob } from "../registry/jobs.ts";
import { withFolder } from "../store/folder.ts";
import { Cluster, connect, isUpToDate, until } from "./cluster.ts";

/** How long a person waits at most to hear that a home can't be reached. */
const SAID_WITHIN_MS = 2_000;

/** A client of a home by way of another registry. */
function clientVia(via: TestRegistry, home: TestRegistry, identity: Identity): Client {
  const prefix = `/v1/homes/${home.node.id}`;
  const transport = inProcessTransport((request) => {
    const { pathname, search } = new URL(request.url);
    return via.fetch(prefix + pathname + search, request);
  });
  return new Client({ transport, identity, node_id: home.node.id, clock: via.clock });
}

Deno.test("an intent for a GPU homed elsewhere is forwarded unchanged and answered by its home", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await connect(a, "b");
  await listGpu(b, newActor(), "rig-1");
  const renter = newActor();
  await accepted(b, b.node, "wallet.deposit", { to: renter.id, amount_micros: 5_000_000 });
  const client = clientVia(a, b, renter);
  const { data } = await client.submit("lease.rent", {
    gpu_id: "rig-1",
    duration_s: 3600,
    max_price_micros_per_hour: 1_000_000,
    expected: { verdict: "verified", class: "RTX 3090" },
  });
  const lease_id = String(data.lease_id);
  assertEquals((await client.lease(lease_id)).renter, renter.id);
  assertEquals((await client.wallet()).held_micros, 300_000);
  await until(() => isUpToDate(a, b), "a sees the lease");
  const page = await (await a.fetch(`/v1/gpus?all=true&home=${b.node.id}`)).json();
  assertEquals(page.gpus[0].lease_id, lease_id);
  // Only the home may take it: addressed to b, it is none of a's.
  const misplaced = await a.fetch("/v1/intents", {
    method: "POST",
    body: JSON.stringify({ envelopes: [await envelope(renter, b, "lease.end", { lease_id })] }),
  });
  const { results } = Receipt.parse(await misplaced.json());
  const [result] = results;
  const refused = IntentResult.parse(result);
  assert(!refused.ok && refused.code === "intent_wrong_registry");
});

Deno.test("a blob goes to its home through another registry in parts, and goes on from there by its range", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await connect(a, "b");
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(b, owner, "rig-1");
  await rentGpu(b, renter, "rig-1");
  const { blobs } = clientVia(a, b, renter);
  await withFolder(async (folder) => {
    const bytes = new Uint8Array(2 * LIMITS.blob_part_bytes + 5).fill(3);
    await Deno.writeFile(`${folder}/in`, bytes);
    const blob = await blobs.putFile(`${folder}/in`);
    assert(b.services.store.blobs.has(blob.sha256, renter.id));
    assert(!a.services.store.blobs.has(blob.sha256));
    const { job_id } = await submitJob(b, renter, "rig-1");
    await succeedJob(b, owner, job_id, { y: bytes });
    const part = `.y.${blob.sha256.slice(0, 16)}.part`;
    await Deno.writeFile(`${folder}/${part}`, bytes.subarray(0, 1_000_000));
    const seen: number[] = [];
    await blobs.toFile(job_id, blob, `${folder}/y`, { onProgress: (done) => seen.push(done) });
    assert(seen.every((done) => done > 1_000_000), "it goes on");
    assertEquals(await Deno.readFile(`${folder}/y`), bytes);
    const wrong = { ...blob, sha256: "0".repeat(64) };
    const refused = await assertRejects(
      () => blobs.toFile(job_id, wrong, `${folder}/z`),
      HorizonError,
    );
    assertEquals(refused.code, "blob_not_found");
  });
});

Deno.test("a registry reaches itself by the same path, and no request is passed on twice", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await connect(a, "b");
  const own = await a.fetch(`/v1/homes/${a.node.id}/v1/node`);
  assertEquals((await own.json()).node_id, a.node.id);
  const twice = await a.fetch(`/v1/homes/${b.node.id}/v1/homes/${a.node.id}/v1/node`);
  assertEquals((await problemIn(twice)).code, "not_allowed");
  const around = await a.fetch(`/v1/homes/${a.node.id}/v1/homes/${a.node.id}/v1/node`);
  assertEquals((await problemIn(around)).code, "not_allowed");
  const stranger = await a.fetch(`/v1/homes/${newActor().id}/v1/node`);
  assertEquals((await problemIn(stranger)).code, "peer_not_found");
  const outside = await a.fetch(`/v1/homes/${b.node.id}/metrics`);
  assertEquals((await problemIn(outside)).code, "not_allowed");
});

Deno.test("this machine's own token stays here", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await connect(a, "b");
  const seen: (string | null)[] = [];
  const { fetch } = b;
  b.fetch = (path, init) => {
    seen.push(new Headers(init?.headers).get(LOCAL_TOKEN_HEADER));
    return fetch(path, init);
  };
  await a.fetch(`/v1/homes/${b.node.id}/v1/node`, { headers: { [LOCAL_TOKEN_HEADER]: "secret" } });
  assert(seen.length > 0);
  assert(seen.every((token) => token === null));
});

Deno.test("a home that can't be reached, or doesn't answer, is said to be so within two seconds", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await connect(a, "b");
  cluster.cut("b");
  const cutAt = performance.now();
  const cut = await problemIn(await a.fetch(`/v1/homes/${b.node.id}/v1/node`));
  assertEquals(cut.code, "home_unreachable");
  assert(performance.now() - cutAt < SAID_WITHIN_MS);
  cluster.heal("b");
  const silent = Promise.withResolvers<Response>();
  const { fetch } = b;
  b.fetch = () => silent.promise;
  const askedAt = performance.now();
  const mute = await problemIn(await a.fetch(`/v1/homes/${b.node.id}/v1/node`));
  assertEquals(mute.code, "home_unreachable");
  assert(performance.now() - askedAt < SAID_WITHIN_MS);
  b.fetch = fetch;
  silent.resolve(new Response());
});

Deno.test("so many requests wait for a home and no more, and those that end make room", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await connect(a, "b");
  const silent = Promise.withResolvers<void>();
  const { fetch } = b;
  b.fetch = async (path, init) => {
    await silent.promise;
    return await fetch(path, init);
  };
  const ask = () => a.fetch(`/v1/homes/${b.node.id}/v1/node`);
  const waiting = Array.from({ length: LIMITS.relayed_requests }, ask);
  const refused = await ask();
  assertEquals(refused.status, 503);
  assertEquals((await problemIn(refused)).code, "busy");
  silent.resolve();
  for (const response of await Promise.all(waiting)) assertEquals(response.status, 200);
  assertEquals((await ask()).status, 200);
});
