import { assertEquals, assertMatch } from "@std/assert";
import { canonicalBytes } from "../../src/base/json.ts";
import { followJob } from "../../src/cli/job_follow.ts";
import { fetchResults } from "../../src/cli/job_results.ts";
import type { LogLine } from "../../src/protocol/api.ts";
import { JobLimits, JobRetry, type JobView } from "../../src/protocol/job.ts";
import { GPU_ID, gpuTest, type TestMarket } from "./market.ts";

const NEVER = new AbortController().signal;
/** The template's job, repeated until it is ended. */
const forever = (yaml: string) => yaml.replace("dispatch:", "repeat: 1000000\n  dispatch:");
/** Long enough that a registry can be closed meanwhile. */
const longer = (yaml: string) => yaml.replace("dispatch:", "repeat: 300\n  dispatch:");

/** Follows a job to its end; the job and its log. */
async function follow(market: TestMarket, job_id: string) {
  const lines: LogLine[] = [];
  const job = await followJob(market.renter, job_id, (line) => lines.push(line), NEVER);
  return { job, log: lines.map((line) => line.text).join("\n") };
}

function ending({ state, reason, side }: JobView) {
  return { state, reason, side };
}

const DONE = { state: "succeeded", reason: "done", side: null } as const;

gpuTest("a rented GPU runs jobs one after the other, and their outputs arrive", async (market) => {
  await market.offer();
  await market.rent();
  const job_ids = [await market.submit(), await market.submit()];
  for (const job_id of job_ids) {
    const { job, log } = await follow(market, job_id);
    assertEquals(ending(job), DONE);
    assertMatch(log, /attempt 1 started on rig-1/);
    const folder = `${market.folder}/${job_id}`;
    const [saved] = await fetchResults(market.renter, job, folder);
    assertEquals(saved?.size_bytes, 65536);
    const expected = await Deno.readFile(await expectedFile(market));
    assertEquals(await Deno.readFile(`${folder}/c`), expected);
  }
  const jobEvents = market.events.filter(({ event }) =>
    event === "job_started" || event === "job_ended"
  );
  assertEquals(jobEvents.map(({ event }) => event), [
    "job_started",
    "job_ended",
    "job_started",
    "job_ended",
  ]);
});

gpuTest(
  "a shader that doesn't compile fails on the renter's side, with its line",
  async (market) => {
    await market.offer();
    await market.rent();
    const { job, log } = await follow(market, await market.submit(undefined, "fn main( {\n"));
    assertEquals(ending(job), { state: "failed", reason: "shader_error", side: "renter" });
    assertMatch(log, /:1:|line 1/);
  },
);

gpuTest("a bundle that is no bundle fails before anything runs", async (market) => {
  await market.offer();
  await market.rent();
  const { renter } = market;
  const bundle = canonicalBytes({ salt: "0".repeat(64), kind: "wgsl", shell: "rm -rf /" });
  const { sha256 } = await renter.putBlob(bundle);
  const accepted = await renter.submit("job.submit", {
    gpu_id: GPU_ID,
    kind: "wgsl",
    bundle: sha256,
    limits: JobLimits.parse({}),
    retry: JobRetry.parse({}),
  });
  const { job } = await follow(market, String(accepted.data.job_id));
  assertEquals(ending(job), { state: "failed", reason: "invalid_job", side: "renter" });
});

gpuTest("a cancelled job is stopped, and the GPU is free for the next one", async (market) => {
  await market.offer();
  await market.rent();
  const started = market.next("job_started");
  const job_id = await market.submit(forever);
  await started;
  const dropped = market.next("job_dropped");
  await market.renter.submit("job.cancel", { job_id });
  await dropped;
  assertEquals((await market.renter.job(job_id)).state, "cancelled");
  const { job } = await follow(market, await market.submit());
  assertEquals(ending(job), DONE);
});

gpuTest("a job outlives a restart of the registry, and its end is reported", async (market) => {
  await market.offer();
  await market.rent();
  const started = market.next("job_started");
  const job_id = await market.submit(longer);
  await started;
  const away = market.next("registry_away");
  await market.closeRegistry();
  await away;
  const ended = market.next("job_ended");
  await market.open();
  await ended;
  assertEquals(ending(await market.renter.job(job_id)), DONE);
});

gpuTest("a provider that is stopped gives its job back, then runs the next one", async (market) => {
  await market.offer();
  await market.rent();
  const started = market.next("job_started");
  const first = await market.submit(forever);
  await started;
  const second = await market.submit();
  await market.stopProvider();
  const stopped = await market.renter.job(first);
  assertEquals({ state: stopped.state, side: stopped.side }, { state: "lost", side: "provider" });
  await market.startProvider();
  const { job } = await follow(market, second);
  assertEquals(ending(job), DONE);
});

/** The product that the template's author computed. */
async function expectedFile(market: TestMarket): Promise<string> {
  for await (const entry of Deno.readDir(market.folder)) {
    const path = `${market.folder}/${entry.name}/job/expected.bin`;
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new Error("no job was submitted");
}
