import { assertEquals } from "@std/assert";
import type { Identity } from "../../src/base/identity.ts";
import { PollAnswer } from "../../src/protocol/api.ts";
import { GpuView } from "../../src/protocol/gpu.ts";
import { JobView } from "../../src/protocol/job.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import {
  accepted,
  listGpu,
  newActor,
  openTest,
  problemIn,
  rentGpu,
  sessionOf,
  type TestOptions,
  type TestRegistry,
} from "./harness.ts";
import { submitJob } from "./jobs.ts";

const GPU = "gpu-1";

async function setUp(options: TestOptions = {}) {
  const registry = await openTest(options);
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(registry, owner, GPU);
  return { registry, owner, renter, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

async function poll(
  registry: TestRegistry,
  actor: Identity,
  request: { gpus?: string[]; jobs?: string[]; wait_ms?: number },
): Promise<PollAnswer | string> {
  const body = JSON.stringify({ gpus: [GPU], jobs: [], wait_ms: 0, ...request });
  const headers = await sessionOf(registry, actor);
  const response = await registry.fetch("/v1/provider/poll", { method: "POST", headers, body });
  if (!response.ok) return (await problemIn(response)).code;
  return PollAnswer.parse(await response.json());
}

async function online(registry: TestRegistry): Promise<boolean> {
  return GpuView.parse(await (await registry.fetch(`/v1/gpus/${GPU}`)).json()).online;
}

async function job(registry: TestRegistry, job_id: string): Promise<JobView> {
  return JobView.parse(await (await registry.fetch(`/v1/jobs/${job_id}`)).json());
}

Deno.test("a GPU whose daemon falls silent goes offline, and is back with its next poll", async () => {
  await using setup = await setUp();
  const { registry, owner } = setup;
  await poll(registry, owner, {});
  registry.clock.pass(LIMITS.offline_after_ms);
  await registry.housekeeping.run();
  assertEquals(await online(registry), true);
  registry.clock.pass(1);
  await registry.housekeeping.run();
  assertEquals(await online(registry), false);
  const { seq } = registry.services.sequencer.head;
  await registry.housekeeping.run();
  assertEquals(registry.services.sequencer.head.seq, seq, "silence is told once");
  await poll(registry, owner, {});
  assertEquals(await online(registry), true);
  await poll(registry, owner, {});
  assertEquals(registry.services.sequencer.head.seq, seq + 1, "presence is told once");
});

Deno.test("after a restart providers have time to come back before they are called offline", async () => {
  const folder = await Deno.makeTempDir();
  const first = await setUp({ folder });
  const { clock } = first.registry;
  await first.registry.close();
  const second = await openTest({ folder, clock });
  await second.housekeeping.run();
  assertEquals(await online(second), true);
  clock.pass(LIMITS.offline_after_ms + 1);
  await second.housekeeping.run();
  assertEquals(await online(second), false);
  await second.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("on the embedded registry silence means nothing", async () => {
  await using setup = await setUp({ mode: "embedded" });
  setup.registry.clock.pass(10 * LIMITS.offline_after_ms);
  await setup.registry.housekeeping.run();
  assertEquals(await online(setup.registry), true);
});

Deno.test("a waiting poll is answered at once when a job is submitted, and when it is cancelled", async () => {
  await using setup = await setUp();
  const { registry, owner, renter } = setup;
  const lease_id = await rentGpu(registry, renter, GPU);
  const waiting = poll(registry, owner, { wait_ms: LIMITS.poll_wait_ms });
  const { job_id, bundle } = await submitJob(registry, renter, GPU);
  const answer = await waiting;
  assertEquals(
    typeof answer === "string" ? answer : answer.assignments.map((one) => ({ ...one, limits: 0 })),
    [
      {
        job_id,
        lease_id,
        gpu_id: GPU,
        home_epoch: 1,
        attempt: 1,
        bundle,
        limits: 0,
        checkpoint: null,
      },
    ],
  );
  await accepted(registry, owner, "job.claim", { job_id });
  const holding = poll(registry, owner, { jobs: [job_id], wait_ms: LIMITS.poll_wait_ms });
  await accepted(registry, renter, "job.cancel", { job_id });
  assertEquals(await holding, { assignments: [], stop: [job_id], challenges: [] });
});

Deno.test("a claimed job that the daemon does not know is lost", async () => {
  await using setup = await setUp();
  const { registry, owner, renter } = setup;
  await rentGpu(registry, renter, GPU);
  const { job_id } = await submitJob(registry, renter, GPU);
  await accepted(registry, owner, "job.claim", { job_id });
  await poll(registry, owner, { jobs: [job_id] });
  assertEquals((await job(registry, job_id)).state, "assigned");
  await poll(registry, owner, { jobs: [] });
  const { state, reason, side } = await job(registry, job_id);
  assertEquals([state, reason, side], ["lost", "provider_restarted", "provider"]);
});

Deno.test("the jobs of an embedded registry's dead holder are lost at the next start", async () => {
  const folder = await Deno.makeTempDir();
  const { registry, owner, renter } = await setUp({ folder, mode: "embedded" });
  await rentGpu(registry, renter, GPU);
  const { job_id } = await submitJob(registry, renter, GPU);
  await accepted(registry, owner, "job.claim", { job_id });
  await registry.close();
  const second = await openTest({ folder, mode: "embedded", clock: registry.clock });
  assertEquals((await job(second, job_id)).state, "lost");
  await second.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("nobody polls for another's GPU, or for one that is not there", async () => {
  await using setup = await setUp();
  const { registry, owner } = setup;
  assertEquals(await poll(registry, newActor(), {}), "forbidden");
  assertEquals(await poll(registry, owner, { gpus: [GPU, "gpu-2"] }), "gpu_not_found");
});

Deno.test("a waiting poll ends when the registry closes", async () => {
  const { registry, owner } = await setUp();
  // A registry that closes opens no session any more.
  const headers = await sessionOf(registry, owner);
  const body = JSON.stringify({ gpus: [GPU], jobs: [], wait_ms: LIMITS.poll_wait_ms });
  const waiting = registry.fetch("/v1/provider/poll", { method: "POST", headers, body });
  await registry[Symbol.asyncDispose]();
  assertEquals(await (await waiting).json(), { assignments: [], stop: [], challenges: [] });
});
