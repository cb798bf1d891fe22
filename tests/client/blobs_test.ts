import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Identity } from "../../src/base/identity.ts";
import { Client } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { Random } from "../random.ts";
import {
  listGpu,
  newActor,
  openTest,
  problemIn,
  rentGpu,
  sessionOf,
  type TestRegistry,
} from "../registry/harness.ts";
import { putBlob, submitJob, succeedJob } from "../registry/jobs.ts";
import { withFolder } from "../store/folder.ts";
import { onSmallDisk } from "../store/small_disk.ts";
import { BrokenLink } from "./broken_link.ts";

const GPU = "rig-1";
const MIB = 1024 * 1024;

/** A registry with a lease on it, a link that breaks, and clients at its end. */
async function setUp() {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const stack = new AsyncDisposableStack();
  const registry = stack.use(await openTest());
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(registry, owner, GPU);
  await rentGpu(registry, renter, GPU);
  const link = stack.use(new BrokenLink((path, request) => registry.fetch(path, request), random));
  const clientOf = (identity: Identity) => {
    const { clock, node: { id } } = registry;
    const wait = () => Promise.resolve();
    return new Client({ transport: httpTransport(link.url), identity, node_id: id, clock, wait });
  };
  return {
    registry,
    owner,
    renter,
    link,
    random,
    clientOf,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A job whose one output has these bytes. */
async function jobWith(
  { registry, owner, renter }: { registry: TestRegistry; owner: Identity; renter: Identity },
  bytes: Uint8Array<ArrayBuffer>,
): Promise<{ job_id: string; blob: { sha256: string; size_bytes: number } }> {
  const { job_id } = await submitJob(registry, renter, GPU);
  await succeedJob(registry, owner, job_id, { y: bytes });
  return { job_id, blob: { sha256: sha256Hex(bytes), size_bytes: bytes.length } };
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(work, HorizonError)).code;
}

/** Incompressible, and quickly made. */
function bytesOf(random: Random, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  bytes.set(random.bytes(Math.min(size, 32)));
  return bytes;
}

Deno.test("a file goes up and comes back over a link that breaks, and little of it goes twice", async () => {
  await using setup = await setUp();
  const { registry, renter, link, random, clientOf } = setup;
  await withFolder(async (folder) => {
    const client = clientOf(renter);
    const bytes = bytesOf(random, 21 * MIB + 12_345);
    await Deno.writeFile(`${folder}/in`, bytes);
    const seen: number[] = [];
    const blob = await client.blobs.putFile(`${folder}/in`, {
      onProgress: (done_bytes, size_bytes) => {
        assertEquals(size_bytes, bytes.length);
        seen.push(done_bytes);
      },
    });
    assertEquals(blob, { sha256: sha256Hex(bytes), size_bytes: bytes.length });
    assert(registry.services.store.blobs.has(blob.sha256, renter.id));
    assertEquals(seen.at(-1), bytes.length);
    assertEquals(seen.toSorted((a, b) => a - b), seen, "it only comes forward");
    assert(link.cuts > 0);
    assertEquals(link.sent_bytes, bytes.length, "what arrived is kept");
    const sent_bytes = link.sent_bytes;
    assertEquals(await client.blobs.putFile(`${folder}/in`), blob);
    assertEquals(link.sent_bytes, sent_bytes, "a second time nothing is sent");

    const job = await jobWith(setup, bytes);
    link.received_bytes = 0;
    await clientOf(renter).blobs.toFile(job.job_id, job.blob, `${folder}/out`);
    assertEquals(sha256Hex(await Deno.readFile(`${folder}/out`)), blob.sha256);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["in", "out"]);
    assert(link.received_bytes < bytes.length + 2 * MIB, "it went on where it broke");
  });
});

Deno.test("a fetch that was given up goes on later, and takes nothing on trust", async () => {
  await using setup = await setUp();
  const { renter, link, random, clientOf } = setup;
  await withFolder(async (folder) => {
    const bytes = bytesOf(random, 9 * MIB);
    const { job_id, blob } = await jobWith(setup, bytes);
    const client = clientOf(renter);
    link.one_in = 1_000_000;
    const stop = new AbortController();
    const onProgress = (done: number) => done > 3 * MIB && stop.abort();
    const given_up = client.blobs.toFile(job_id, blob, `${folder}/y`, {
      onProgress,
      signal: stop.signal,
    });
    assertEquals(await codeOf(() => given_up), "interrupted");
    const [part] = [...Deno.readDirSync(folder)];
    assert(part?.name === `.y.${blob.sha256.slice(0, 16)}.part`);
    const there = (await Deno.stat(`${folder}/${part.name}`)).size;
    assert(there >= 3 * MIB && there < bytes.length);
    link.received_bytes = 0;
    await client.blobs.toFile(job_id, blob, `${folder}/y`);
    // What the broken one had under way may still arrive.
    assert(link.received_bytes <= bytes.length - there + MIB);
    assertEquals(await Deno.readFile(`${folder}/y`), bytes);

    await Deno.remove(`${folder}/y`);
    await Deno.writeFile(`${folder}/${part.name}`, random.bytes(500_000));
    await client.blobs.toFile(job_id, blob, `${folder}/y`);
    assertEquals(await Deno.readFile(`${folder}/y`), bytes, "a false beginning is given up");
    await Deno.symlink(`${folder}/y`, `${folder}/${part.name}`);
    assertEquals(
      await codeOf(() => client.blobs.toFile(job_id, blob, `${folder}/z/y`)),
      "forbidden",
    );
    assertEquals(await codeOf(() => client.blobs.toFile(job_id, blob, `${folder}/y`)), "forbidden");
  });
});

Deno.test("a fetch onto a full disk says so, and goes on when there is room", async (t) => {
  await using setup = await setUp();
  const { renter, link, random, clientOf } = setup;
  link.one_in = 1_000_000;
  const bytes = bytesOf(random, 3 * MIB);
  const { job_id, blob } = await jobWith(setup, bytes);
  await withFolder(async (folder) => {
    await onSmallDisk(t, folder, async () => {
      await Deno.writeFile(`${folder}/ballast`, new Uint8Array(2 * MIB));
      const { blobs } = clientOf(renter);
      const code = await codeOf(() => blobs.toFile(job_id, blob, `${folder}/y`));
      assertEquals(code, "disk_full");
      await Deno.remove(`${folder}/ballast`);
      await blobs.toFile(job_id, blob, `${folder}/y`);
      assertEquals(await Deno.readFile(`${folder}/y`), bytes);
    });
  });
});

Deno.test("bytes in memory go the same way, and are read back within a bound", async () => {
  await using setup = await setUp();
  const { registry, renter, random, clientOf } = setup;
  const { blobs } = clientOf(renter);
  for (const size of [0, 1, LIMITS.blob_part_bytes, LIMITS.blob_part_bytes + 1]) {
    const bytes = bytesOf(random, size);
    const sha256 = sha256Hex(bytes);
    while (!registry.services.store.blobs.has(sha256, renter.id)) {
      await blobs.putBytes(bytes).catch((thrown) => assertEquals(thrown.code, "network"));
    }
  }
  setup.link.one_in = 1_000_000;
  const bytes = bytesOf(random, 1_000);
  const { job_id, blob: { sha256 } } = await jobWith(setup, bytes);
  assertEquals(await blobs.bytes(job_id, sha256, 1_000), bytes);
  assertEquals(await codeOf(() => blobs.bytes(job_id, sha256, 999)), "too_large");
  assertEquals(await codeOf(() => blobs.bytes(job_id, "0".repeat(64), 999)), "blob_not_found");
});

Deno.test("what an earlier call left of other bytes is sent anew; a file that changes is refused", async () => {
  await using setup = await setUp();
  const { registry, renter, link, random, clientOf } = setup;
  link.one_in = 1_000_000;
  const { blobs } = registry.services.store;
  await withFolder(async (folder) => {
    const bytes = bytesOf(random, 5 * MIB);
    const sha256 = sha256Hex(bytes);
    const name = { sha256, actor: renter.id };
    await Deno.writeFile(`${folder}/in`, bytes);
    const part = { ...name, offset_bytes: 0, size_bytes: 9 * MIB };
    await blobs.add(bytesOf(random, 6 * MIB), part);
    await clientOf(renter).blobs.putFile(`${folder}/in`);
    assertEquals((await blobs.progress(name)).complete, true);
    await blobs.delete(name);
    await blobs.add(bytesOf(random, MIB), { ...part, size_bytes: bytes.length });
    await clientOf(renter).blobs.putFile(`${folder}/in`);
    assertEquals((await blobs.progress(name)).complete, true);
    const other = { sha256: "0".repeat(64) };
    const sent_bytes = link.sent_bytes;
    assertEquals(
      await codeOf(() => clientOf(renter).blobs.putFile(`${folder}/in`, other)),
      "blob_mismatch",
    );
    assertEquals(link.sent_bytes - sent_bytes, bytes.length, "once");
  });
});

Deno.test("an upload is its actor's own, and needs a session and a lease", async () => {
  await using setup = await setUp();
  const { registry, owner, renter, random, clientOf } = setup;
  const bytes = bytesOf(random, 1_000);
  const sha256 = sha256Hex(bytes);
  const ask = async (actor: Identity | null, method: string, query = "") => {
    const headers = actor === null ? {} : await sessionOf(registry, actor);
    const body = method === "PUT" ? bytes.slice(0, 600) : null;
    return await registry.fetch(`/v1/blobs/${sha256}${query}`, { method, headers, body });
  };
  const put = await ask(renter, "PUT", "?offset=0&size=1000");
  const half = { sha256, size_bytes: 1_000, received_bytes: 600, complete: false };
  assertEquals(await put.json(), half);
  assertEquals(await (await ask(renter, "GET")).json(), half);
  const nothing = { sha256, size_bytes: null, received_bytes: 0, complete: false };
  assertEquals(await (await ask(owner, "GET")).json(), nothing);
  const codes: [Identity | null, string, string, string][] = [
    [null, "GET", "", "session_invalid"],
    [null, "PUT", "?offset=0&size=1000", "session_invalid"],
    [newActor(), "PUT", "?offset=0&size=1000", "forbidden"],
    [owner, "PUT", "?offset=600&size=1000", "blob_offset"],
    [renter, "PUT", "?offset=601&size=1000", "blob_offset"],
    [renter, "PUT", "?offset=0", "invalid_input"],
    [renter, "PUT", "?offset=-1&size=1000", "invalid_input"],
    [renter, "PUT", "?offset=0.5&size=1000", "invalid_input"],
    [renter, "PUT", `?offset=0&size=${LIMITS.blob_bytes + 1}`, "invalid_input"],
    [renter, "PUT", "?offset=0&size=1000&offset=0", "invalid_input"],
    [renter, "PUT", "?offset=600&size=1000", "too_large"],
  ];
  for (const [actor, method, query, code] of codes) {
    assertEquals((await problemIn(await ask(actor, method, query))).code, code, query);
  }
  const wrong = await registry.fetch("/v1/blobs/..%2F..%2Fnode.key?offset=0&size=1", {
    method: "PUT",
    headers: await sessionOf(registry, renter),
    body: bytes.slice(0, 1),
  });
  assertEquals((await problemIn(wrong)).code, "invalid_input");
  const stranger = clientOf(newActor());
  const { job_id, blob } = await jobWith(setup, bytes);
  setup.link.one_in = 1_000_000;
  await withFolder(async (folder) => {
    assertEquals(
      await codeOf(() => stranger.blobs.toFile(job_id, blob, `${folder}/y`)),
      "forbidden",
    );
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a range of a job's blob is given from its first byte on, another kind is ignored", async () => {
  await using setup = await setUp();
  const { registry, renter } = setup;
  const { job_id, blob: { sha256 } } = await jobWith(setup, new TextEncoder().encode("0123456789"));
  const headers = await sessionOf(registry, renter);
  const get = async (range: string) => {
    const path = `/v1/jobs/${job_id}/blobs/${sha256}`;
    const response = await registry.fetch(path, { headers: { ...headers, range } });
    return [response.status, response.headers.get("content-range"), await response.text()];
  };
  assertEquals(await get("bytes=0-"), [200, null, "0123456789"]);
  assertEquals(await get("bytes=7-"), [206, "bytes 7-9/10", "789"]);
  assertEquals(await get("bytes=10-"), [416, "bytes */10", ""]);
  assertEquals(await get("bytes=999999999999-"), [416, "bytes */10", ""]);
  for (const range of ["bytes=2-3", "bytes=-3", "bytes=2-,4-", "lines=1-", "bytes=9e9-"]) {
    assertEquals(await get(range), [200, null, "0123456789"], range);
  }
});

Deno.test("an older client's whole upload is still taken", async () => {
  await using setup = await setUp();
  const { registry, renter, random } = setup;
  const bytes = bytesOf(random, 1_000);
  const response = await putBlob(registry, renter, bytes);
  assertEquals(await response.json(), { sha256: sha256Hex(bytes), size_bytes: 1_000 });
});
