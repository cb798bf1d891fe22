import { assert, assertEquals } from "@std/assert";
import { ServerSentEventParseStream } from "@std/http/server-sent-event-parse-stream";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Identity } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { LogPage } from "../../src/protocol/api.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import {
  accepted,
  act,
  listGpu,
  newActor,
  openTest,
  problemIn,
  rentGpu,
  sessionOf,
  type TestRegistry,
} from "./harness.ts";
import { bundleOf, putBlob, submitBody, submitJob } from "./jobs.ts";

const GPU = "gpu-1";

async function setUp() {
  const registry = await openTest();
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(registry, owner, GPU);
  await rentGpu(registry, renter, GPU);
  return { registry, owner, renter, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

async function get(registry: TestRegistry, actor: Identity, path: string): Promise<string> {
  const response = await registry.fetch(path, { headers: await sessionOf(registry, actor) });
  return response.ok ? await response.text() : (await problemIn(response)).code;
}

async function log(
  registry: TestRegistry,
  actor: Identity,
  job_id: string,
  ...texts: string[]
): Promise<string> {
  const lines = texts.map((text) => ({ at: registry.clock.now(), kind: "log", text }));
  const response = await registry.fetch(`/v1/jobs/${job_id}/logs`, {
    method: "POST",
    headers: await sessionOf(registry, actor),
    body: JSON.stringify({ lines }),
  });
  return response.ok ? "taken" : (await problemIn(response)).code;
}

Deno.test("a job's blobs are for its renter and its provider, and only those that it names", async () => {
  await using setup = await setUp();
  const { registry, owner, renter } = setup;
  const { job_id, bundle, input } = await submitJob(registry, renter, GPU);
  const path = (sha256: string) => `/v1/jobs/${job_id}/blobs/${sha256}`;
  for (const party of [owner, renter]) {
    assertEquals(await get(registry, party, path(input)), `input of ${GPU}`);
    assertEquals(sha256Hex(await get(registry, party, path(bundle))), bundle);
  }
  assertEquals(await get(registry, newActor(), path(input)), "forbidden");
  const other = new TextEncoder().encode("something else of the renter's");
  assertEquals((await putBlob(registry, renter, other)).status, 200);
  assertEquals(await get(registry, renter, path(sha256Hex(other))), "blob_not_found");
});

Deno.test("a job is refused whose blobs are not here, or are somebody else's", async () => {
  await using setup = await setUp();
  const { registry, renter } = setup;
  const victim = newActor();
  await listGpu(registry, newActor(), "gpu-2");
  await rentGpu(registry, victim, "gpu-2");
  const secret = new TextEncoder().encode("a secret that mallory knows the hash of");
  await putBlob(registry, victim, secret);
  const bytes = canonicalBytes(bundleOf(secret));
  const bundle = sha256Hex(bytes);
  const code = async () => {
    const result = await act(registry, renter, "job.submit", submitBody(GPU, bundle));
    return result.ok ? "accepted" : `${result.code} ${result.seq}`;
  };
  assertEquals(await code(), "blob_not_found null", "no bundle");
  await putBlob(registry, renter, bytes);
  assertEquals(await code(), "blob_not_found null", "an input of another's");
  await putBlob(registry, renter, secret);
  assertEquals(await code(), "accepted");
  const junk = new TextEncoder().encode("{}");
  await putBlob(registry, renter, junk);
  const result = await act(registry, renter, "job.submit", submitBody(GPU, sha256Hex(junk)));
  assertEquals(result.ok ? "accepted" : result.code, "invalid_job");
});

Deno.test("blobs are what their name says, and only the sides of a live lease can put them", async () => {
  await using setup = await setUp();
  const { registry, owner, renter } = setup;
  const bytes = new Uint8Array([1, 2, 3]);
  const wrong = await putBlob(registry, renter, bytes, "0".repeat(64));
  assertEquals((await problemIn(wrong)).code, "blob_mismatch");
  assertEquals((await putBlob(registry, owner, bytes)).status, 200);
  const stranger = await putBlob(registry, newActor(), bytes);
  assertEquals((await problemIn(stranger)).code, "forbidden");
  const init = { method: "PUT", body: bytes };
  const anonymous = await registry.fetch(`/v1/blobs/${sha256Hex(bytes)}`, init);
  assertEquals((await problemIn(anonymous)).code, "session_invalid");
});

Deno.test("a log is written by the provider and read by both sides", async () => {
  await using setup = await setUp();
  const { registry, owner, renter } = setup;
  const { job_id } = await submitJob(registry, renter, GPU);
  assertEquals(await log(registry, renter, job_id, "hello"), "forbidden");
  assertEquals(await log(registry, owner, job_id, "one", "two", "three"), "taken");
  const path = `/v1/jobs/${job_id}/logs`;
  assertEquals(await get(registry, newActor(), path), "forbidden");
  const page = LogPage.parse(JSON.parse(await get(registry, renter, `${path}?after=1`)));
  assertEquals(page.lines.map(({ n, text }) => `${n} ${text}`), ["2 two", "3 three"]);
});

Deno.test("of a log one may ask for the last lines, those since a time, and those of a kind", async () => {
  await using setup = await setUp();
  const { registry, owner, renter } = setup;
  const { job_id } = await submitJob(registry, renter, GPU);
  const began_at = registry.clock.now();
  await log(registry, owner, job_id, "one", "two");
  registry.clock.pass(1000);
  await log(registry, owner, job_id, "three", "four", "five");
  const asked = async (query: string) => {
    const answer = await get(registry, renter, `/v1/jobs/${job_id}/logs?${query}`);
    return answer.startsWith("{")
      ? LogPage.parse(JSON.parse(answer)).lines.map(({ text }) => text)
      : answer;
  };
  assertEquals(await asked("tail=2"), ["four", "five"]);
  assertEquals(await asked("tail=0"), []);
  assertEquals(await asked(`since=${began_at + 1000}`), ["three", "four", "five"]);
  assertEquals(await asked(`since=${began_at + 1000}&tail=4`), ["three", "four", "five"]);
  assertEquals(await asked("kinds=status,metric"), []);
  assertEquals(await asked("kinds=log&after=4"), ["five"]);
  for (const wrong of ["tail=-1", "tail=x", "since=yesterday", "kinds=log,x", "tail=1&tail=2"]) {
    assertEquals(await asked(wrong), "invalid_input", wrong);
  }
});

Deno.test("the log of a job that has ended outlives the registry's restart", async () => {
  const folder = await Deno.makeTempDir();
  const registry = await openTest({ folder });
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(registry, owner, GPU);
  await rentGpu(registry, renter, GPU);
  const { job_id } = await submitJob(registry, renter, GPU);
  await accepted(registry, owner, "job.claim", { job_id });
  await log(registry, owner, job_id, "one", "two", "the end");
  await finish(registry, owner, job_id);
  await registry.close();
  const again = await openTest({ folder, clock: registry.clock });
  const headers = await sessionOf(again, renter);
  const tail = await again.fetch(`/v1/jobs/${job_id}/logs?tail=2&follow=1`, { headers });
  assertEquals(await collect(tail), ["2 two", "3 the end"]);
  await again.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a followed tail goes on with what comes", async () => {
  await using setup = await setUp();
  const { registry, owner, renter } = setup;
  const { job_id } = await submitJob(registry, renter, GPU);
  await accepted(registry, owner, "job.claim", { job_id });
  await log(registry, owner, job_id, "one", "two", "three");
  const headers = await sessionOf(registry, renter);
  const response = await registry.fetch(`/v1/jobs/${job_id}/logs?follow=1&tail=1`, { headers });
  const seen = collect(response);
  await log(registry, owner, job_id, "four");
  await finish(registry, owner, job_id);
  assertEquals(await seen, ["3 three", "4 four"]);
});

async function finish(registry: TestRegistry, owner: Identity, job_id: string): Promise<void> {
  const end = { outcome: "failed", reason: "shader_error", side: "renter", result: null } as const;
  await accepted(registry, owner, "job.finish", { job_id, attempt: 1, ...end });
}

Deno.test("a followed log ends with its job", async () => {
  await using setup = await setUp();
  const { registry, owner, renter } = setup;
  const { job_id } = await submitJob(registry, renter, GPU);
  await accepted(registry, owner, "job.claim", { job_id });
  await log(registry, owner, job_id, "one");
  const headers = await sessionOf(registry, renter);
  const response = await registry.fetch(`/v1/jobs/${job_id}/logs?follow=1`, { headers });
  const seen = collect(response);
  await log(registry, owner, job_id, "two");
  await finish(registry, owner, job_id);
  assertEquals(await seen, ["1 one", "2 two"]);
});

Deno.test("a followed log ends with the session that asked for it", async () => {
  await using setup = await setUp();
  const { registry, renter } = setup;
  const { job_id } = await submitJob(registry, renter, GPU);
  const headers = await sessionOf(registry, renter);
  registry.clock.pass(LIMITS.session_life_ms - 1);
  const response = await registry.fetch(`/v1/jobs/${job_id}/logs?follow=1`, { headers });
  assertEquals(await collect(response), []);
});

async function collect(response: Response): Promise<string[]> {
  assert(response.body !== null);
  const seen: string[] = [];
  const messages = response.body.pipeThrough(new ServerSentEventParseStream());
  for await (const { data } of messages) {
    const { n, text } = JSON.parse(data ?? "");
    seen.push(`${n} ${text}`);
  }
  return seen;
}
