import { assertEquals } from "@std/assert";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Identity } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import {
  accepted,
  act,
  listGpu,
  newActor,
  openTest,
  rentGpu,
  type TestRegistry,
} from "./harness.ts";
import { bundleOf, putBlob, submitBody, submitJob, succeedJob } from "./jobs.ts";

/** What a provider may not answer, and a renter not ask for. */
const GPU = "gpu-1", OTHER = "gpu-2";

async function setUp() {
  const registry = await openTest();
  const [owner, other, renter] = [newActor(), newActor(), newActor()];
  await listGpu(registry, owner, GPU);
  await listGpu(registry, other, OTHER);
  await rentGpu(registry, renter, GPU);
  await rentGpu(registry, newActor(), OTHER);
  const { job_id } = await submitJob(registry, renter, GPU);
  await accepted(registry, owner, "job.claim", { job_id });
  await accepted(registry, owner, "job.start", { job_id, attempt: 1 });
  const dispose = () => registry[Symbol.asyncDispose]();
  return { registry, owner, other, renter, job_id, [Symbol.asyncDispose]: dispose };
}

/** Puts a manifest with these outputs; its hash. */
async function manifestOf(
  registry: TestRegistry,
  actor: Identity,
  outputs: Record<string, { sha256: string; size_bytes: number }>,
): Promise<string> {
  const bytes = canonicalBytes({ salt: "2".repeat(64), outputs, elapsed_ms: 1 });
  assertEquals((await putBlob(registry, actor, bytes)).status, 200);
  return sha256Hex(bytes);
}

/** What the registry says to the end of a job with that result: "taken", or a code. */
async function finish(
  registry: TestRegistry,
  actor: Identity,
  job_id: string,
  result: string,
  attempt = 1,
): Promise<string> {
  const end = { outcome: "succeeded", reason: "done", side: null, result } as const;
  const answer = await act(registry, actor, "job.finish", { job_id, attempt, ...end });
  return answer.ok ? "taken" : answer.code;
}

async function put(registry: TestRegistry, actor: Identity, text: string) {
  const bytes = new TextEncoder().encode(text);
  assertEquals((await putBlob(registry, actor, bytes)).status, 200);
  return { sha256: sha256Hex(bytes), size_bytes: bytes.length };
}

Deno.test("a result needs each output that was asked for, and no other", async () => {
  await using market = await setUp();
  const { registry, owner, job_id } = market;
  const y = await put(registry, owner, "the output");
  for (const outputs of [{}, { z: y }, { y, z: y }]) {
    const result = await manifestOf(registry, owner, outputs);
    assertEquals(await finish(registry, owner, job_id, result), "invalid_job");
  }
  assertEquals(
    await finish(registry, owner, job_id, await manifestOf(registry, owner, { y })),
    "taken",
  );
});

Deno.test("a result names only bytes that its provider has put, each under their own hash", async () => {
  await using market = await setUp();
  const { registry, owner, other, renter, job_id } = market;
  const nobody = { sha256: "f".repeat(64), size_bytes: 1 };
  assertEquals(await finish(registry, owner, job_id, nobody.sha256), "blob_not_found");
  const theirs = [
    await put(registry, other, "of another"),
    await put(registry, renter, "own input"),
  ];
  for (const y of [nobody, ...theirs]) {
    const result = await manifestOf(registry, owner, { y });
    assertEquals(await finish(registry, owner, job_id, result), "blob_not_found");
  }
  const lie = await putBlob(
    registry,
    owner,
    new TextEncoder().encode("other bytes"),
    nobody.sha256,
  );
  assertEquals((await lie.json()).code, "blob_mismatch");
});

Deno.test("a result that is no result is refused, and the job can still be finished", async () => {
  await using market = await setUp();
  const { registry, owner, job_id } = market;
  const { sha256: text } = await put(registry, owner, "no JSON");
  assertEquals(await finish(registry, owner, job_id, text), "invalid_input");
  for (const json of ["{}", '{"salt":"1","outputs":{}}', '{"outputs":{"../y":{}}}']) {
    const { sha256 } = await put(registry, owner, json);
    assertEquals(await finish(registry, owner, job_id, sha256), "invalid_job", json);
  }
  await succeedJob(registry, owner, job_id, { y: new Uint8Array(4) }, { isStarted: true });
});

Deno.test("nobody answers for another's job, for one that ended, or for another attempt", async () => {
  await using market = await setUp();
  const { registry, owner, other, renter, job_id } = market;
  for (const stranger of [other, renter]) {
    const y = await put(registry, stranger, "forged");
    const result = await manifestOf(registry, stranger, { y });
    assertEquals(await finish(registry, stranger, job_id, result), "forbidden");
  }
  const result = await manifestOf(registry, owner, { y: await put(registry, owner, "mine") });
  assertEquals(await finish(registry, owner, job_id, result, 2), "job_state");
  assertEquals(await finish(registry, owner, "job_999", result), "job_not_found");
  assertEquals(await finish(registry, owner, job_id, result), "taken");
  assertEquals(await finish(registry, owner, job_id, result), "job_state");
});

Deno.test("a job is not taken on a lease that has expired, or was never there", async () => {
  await using market = await setUp();
  const { registry, renter } = market;
  const input = new TextEncoder().encode(`input of ${GPU}`);
  const bundle = sha256Hex(canonicalBytes(bundleOf(input)));
  const submitted = async (gpu_id: string) => {
    const answer = await act(registry, renter, "job.submit", submitBody(gpu_id, bundle));
    return answer.ok ? "taken" : answer.code;
  };
  assertEquals([await submitted(GPU), await submitted(OTHER)], ["taken", "lease_not_found"]);
  registry.clock.pass(2 * 3600_000);
  assertEquals(await submitted(GPU), "lease_not_found");
});
