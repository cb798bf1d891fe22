import { assert, assertEquals } from "@std/assert";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Identity } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { Random } from "../random.ts";
import { withFolder } from "../store/folder.ts";
import { passTime } from "./auctions.ts";
import {
  accepted,
  act,
  listGpu,
  ManualClock,
  newActor,
  openTest,
  problemIn,
  rentGpu,
  sessionOf,
  type TestOptions,
  type TestRegistry,
} from "./harness.ts";
import { bundleOf, putBlob, submitBody, submitJob, succeedJob } from "./jobs.ts";

const GPU = "rig-1";
const DAY_MS = 24 * 3_600_000;
const LEASE_S = 90 * 24 * 3600;

/** A registry whose GPUs are always online, with a long lease on one. */
async function open(options: TestOptions = {}) {
  const registry = await openTest({ mode: "embedded", ...options });
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(registry, owner, GPU, 1_000);
  await rentGpu(registry, renter, GPU, LEASE_S);
  return { registry, owner, renter };
}

/** Has everything removed that has had its time, once all that is decided is durable. */
async function expire({ services }: TestRegistry): Promise<void> {
  const { feed, head } = services.sequencer;
  await feed.whenDurable(head.seq);
  await services.artefacts.expire(services, new AbortController().signal);
}

/** Lets time pass, and then what has had its time goes. */
async function after(registry: TestRegistry, ms: number): Promise<void> {
  await passTime(registry, ms);
  await expire(registry);
}

const textBytes = (text: string) => new TextEncoder().encode(text);

/** The code that a read of a job's path is answered with, or "ok". */
async function readCode(registry: TestRegistry, actor: Identity, path: string): Promise<string> {
  const response = await registry.fetch(path, { headers: await sessionOf(registry, actor) });
  if (!response.ok) return (await problemIn(response)).code;
  await response.body?.cancel();
  return "ok";
}

/** A job that has succeeded, with a log; and the names of all that it keeps. */
async function endedJob(registry: TestRegistry, owner: Identity, renter: Identity) {
  const { job_id, bundle, input } = await submitJob(registry, renter, GPU);
  const output = textBytes(`output of ${job_id}`);
  await registry.services.jobLogs.append(job_id, [
    { at: registry.clock.now(), kind: "log", text: "hello" },
  ]);
  const result = await succeedJob(registry, owner, job_id, { y: output });
  const copies = [
    ...[bundle, input].map((sha256) => ({ sha256, actor: renter.id })),
    ...[result, sha256Hex(output)].map((sha256) => ({ sha256, actor: owner.id })),
  ];
  return { job_id, bundle, input, result, output: sha256Hex(output), copies };
}

function areHere({ services }: TestRegistry, copies: { sha256: string; actor: string }[]) {
  return copies.map(({ sha256, actor }) => services.store.blobs.has(sha256, actor));
}

Deno.test("what no job names goes after a day, what a job under way names stays", async () => {
  const { registry, renter } = await open();
  await using _ = registry;
  const { blobs } = registry.services.store;
  const { job_id, bundle, input } = await submitJob(registry, renter, GPU);
  const stray = textBytes("stray");
  await putBlob(registry, renter, stray);
  const part = { sha256: "7".repeat(64), actor: renter.id, offset_bytes: 0, size_bytes: 100 };
  await blobs.add(stray, part);
  await after(registry, DAY_MS);
  assert(blobs.has(sha256Hex(stray)), "not a moment too early");
  await after(registry, 1);
  assert(!blobs.has(sha256Hex(stray)));
  assertEquals((await blobs.progress(part)).received_bytes, 0);
  for (let day = 0; day < 20; day++) await after(registry, DAY_MS);
  assert(blobs.has(bundle) && blobs.has(input));
  assertEquals(await readCode(registry, renter, `/v1/jobs/${job_id}/blobs/${input}`), "ok");
});

Deno.test("artefacts and logs go a week after the job's end, over a restart and the archive", async () => {
  await withFolder(async (folder) => {
    const clock = new ManualClock();
    const { registry, owner, renter } = await open({ folder, clock });
    const { job_id, output, copies } = await endedJob(registry, owner, renter);
    const log = `${folder}/job-logs/${job_id}.jsonl`;
    const paths = [`/v1/jobs/${job_id}/blobs/${output}`, `/v1/jobs/${job_id}/logs`];
    const logFiles = () => [...Deno.readDirSync(`${folder}/job-logs`)].length;
    // Files have the machine's time, and the registry has the test's.
    await Deno.utime(log, clock.now() / 1000, clock.now() / 1000);
    // Nobody looks before it is archived.
    await registry.close();
    clock.pass(6 * DAY_MS);
    const again = await openTest({ folder, clock, mode: "embedded" });
    await again.housekeeping.run();
    assertEquals(again.services.sequencer.state.jobs.has(job_id), false, "archived");
    await expire(again);
    assertEquals(areHere(again, copies), [true, true, true, true]);
    for (const path of paths) assertEquals(await readCode(again, renter, path), "ok");
    await after(again, DAY_MS);
    assertEquals(areHere(again, copies), [true, true, true, true]);
    await after(again, 1);
    assertEquals(areHere(again, copies), [false, false, false, false]);
    assertEquals(logFiles(), 0);
    for (const actor of [renter, owner]) {
      for (const path of paths) assertEquals(await readCode(again, actor, path), "blob_expired");
    }
    assertEquals(await readCode(again, newActor(), paths[0] ?? ""), "forbidden");
    assertEquals(again.services.store.blobs.bytes(), 0);
    await again.close();
  });
});

Deno.test("a registry keeps artefacts as long as its operator says", async () => {
  const { registry, owner, renter } = await open({ artefact_keep_ms: 30 * DAY_MS });
  await using _ = registry;
  const { job_id, output, copies } = await endedJob(registry, owner, renter);
  for (let day = 0; day < 30; day++) await after(registry, DAY_MS);
  assertEquals(areHere(registry, copies), [true, true, true, true]);
  const path = `/v1/jobs/${job_id}/blobs/${output}`;
  assertEquals(await readCode(registry, renter, path), "ok");
  registry.clock.pass(1);
  assertEquals(await readCode(registry, renter, path), "blob_expired", "before it is gone");
  await expire(registry);
  assertEquals(areHere(registry, copies), [false, false, false, false]);
});

Deno.test("a copy that another job names, or that is another actor's, stays", async () => {
  const { registry, owner, renter } = await open();
  await using _ = registry;
  const first = await endedJob(registry, owner, renter);
  await putBlob(registry, owner, textBytes(`input of ${GPU}`));
  await after(registry, 5 * DAY_MS);
  assertEquals(
    registry.services.store.blobs.actors(first.input),
    [renter.id],
    "the owner's was a stray",
  );
  const second = await endedJob(registry, owner, renter);
  assertEquals(second.input, first.input);
  await after(registry, 3 * DAY_MS);
  assertEquals(areHere(registry, second.copies), [true, true, true, true]);
  assertEquals(areHere(registry, first.copies), [true, true, false, false]);
  const read = (job: typeof first) => `/v1/jobs/${job.job_id}/blobs/${job.input}`;
  assertEquals(await readCode(registry, renter, read(second)), "ok");
  assertEquals(await readCode(registry, renter, read(first)), "blob_expired");
});

Deno.test("a job is never taken whose blobs go at that moment", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const { registry, renter } = await open();
  await using _ = registry;
  const { blobs } = registry.services.store;
  let taken = 0;
  let refused = 0;
  for (let round = 0; round < 60; round++) {
    const input = textBytes(`input ${round}`);
    const bundle = canonicalBytes(bundleOf(input));
    for (const bytes of [input, bundle]) await putBlob(registry, renter, bytes);
    registry.clock.pass(DAY_MS + 1);
    const wait = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    };
    const [result] = await Promise.all([
      wait(random.below(40)).then(() => {
        return act(registry, renter, "job.submit", submitBody(GPU, sha256Hex(bundle)));
      }),
      wait(random.below(100)).then(() => expire(registry)),
    ]);
    if (result.ok) taken++;
    else {
      assertEquals(result.code, "blob_not_found");
      refused++;
      continue;
    }
    await expire(registry);
    assert(blobs.has(sha256Hex(input), renter.id) && blobs.has(sha256Hex(bundle), renter.id));
  }
  console.log(`${taken} taken, ${refused} refused`);
});

Deno.test("a clock that jumps ahead removes nothing", async () => {
  const { registry, renter } = await open();
  await using _ = registry;
  const stray = textBytes("stray");
  await putBlob(registry, renter, stray);
  registry.clock.set(30 * DAY_MS);
  let code = "";
  await expire(registry).catch((thrown) => code = thrown.code);
  assertEquals(code, "clock_jumped");
  assert(registry.services.store.blobs.has(sha256Hex(stray)));
});

/** Puts a checkpoint of a running job, and has it taken into the feed. */
async function checkpointJob(
  registry: TestRegistry,
  owner: Identity,
  job_id: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<{ manifest: string; blob: string }> {
  const blob = sha256Hex(bytes);
  const manifest = canonicalBytes({
    salt: "3".repeat(64),
    checkpoint: { sha256: blob, size_bytes: bytes.length },
  });
  for (const one of [bytes, manifest]) await putBlob(registry, owner, one);
  const checkpoint = sha256Hex(manifest);
  await accepted(registry, owner, "job.checkpoint", { job_id, attempt: 1, checkpoint });
  return { manifest: checkpoint, blob };
}

Deno.test("a job's older checkpoint goes as soon as a newer one is durable, unless another job has it", async () => {
  const { registry, owner, renter } = await open();
  await using _ = registry;
  await expire(registry);
  const { blobs } = registry.services.store;
  const run = async (bytes: Uint8Array<ArrayBuffer>) => {
    const { job_id } = await submitJob(registry, renter, GPU);
    await accepted(registry, owner, "job.claim", { job_id });
    await accepted(registry, owner, "job.start", { job_id, attempt: 1 });
    return { job_id, first: await checkpointJob(registry, owner, job_id, bytes) };
  };
  const shared = await run(textBytes("same"));
  await passTime(registry, 1_000);
  const second = await checkpointJob(registry, owner, shared.job_id, textBytes("second"));
  await passTime(registry, 1_000);
  assert(!blobs.has(shared.first.blob) && !blobs.has(shared.first.manifest));
  assert(blobs.has(second.blob) && blobs.has(second.manifest));
  await succeedJob(registry, owner, shared.job_id, { y: textBytes("y") }, { isStarted: true });

  await passTime(registry, LIMITS.archive_after_ms + 1);
  const other = await run(textBytes("second"));
  await passTime(registry, 1_000);
  await checkpointJob(registry, owner, other.job_id, textBytes("third"));
  await passTime(registry, 1_000);
  assertEquals(other.first, second);
  assert(blobs.has(second.blob) && blobs.has(second.manifest), "the ended job keeps it");
});
