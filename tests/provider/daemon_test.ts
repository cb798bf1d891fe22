import { assertEquals, assertMatch } from "@std/assert";
import { canonicalBytes } from "../../src/base/json.ts";
import { followJob } from "../../src/client/follow_job.ts";
import { fetchResults } from "../../src/cli/job_results.ts";
import type { LogLine } from "../../src/protocol/api.ts";
import {
  type JobBundle,
  JobLimits,
  JobRetry,
  type JobView,
  WgslPayload,
} from "../../src/protocol/job.ts";
import { GPU_ID, gpuTest, type TestMarket } from "./market.ts";

const NEVER = new AbortController().signal;
/** Passes of a job that goes on until it is ended. */
const ENDLESS = 1_000_000;
/** Passes of a job that takes long enough for a registry to be closed meanwhile. */
const LONG = 300;

/** Follows a job to its end; the job and its log. */
async function follow(market: TestMarket, job_id: string) {
  const lines: LogLine[] = [];
  const onLine = (line: LogLine) => lines.push(line);
  const job = await followJob(market.renter, job_id, { onLine, signal: NEVER });
  return { job, log: lines.map((line) => line.text).join("\n") };
}

function ending({ state, reason, side }: JobView) {
  return { state, reason, side };
}

const DONE = { state: "succeeded", reason: "done", side: null } as const;

gpuTest(
  "a rented GPU is proven, runs jobs one after the other, and their outputs arrive",
  async (market) => {
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
    const work = market.events.filter(({ event }) => /^(job|proof)_/.test(event));
    assertEquals(work[0]?.reason, "first_rental");
    assertEquals(work.map(({ event }) => event), [
      "proof_started",
      "proof_ended",
      "job_started",
      "job_ended",
      "job_started",
      "job_ended",
    ]);
  },
);

gpuTest(
  "a shader that doesn't compile fails on the renter's side, with its line",
  async (market) => {
    await market.offer();
    await market.rent();
    const { job, log } = await follow(market, await market.submit({ shader: "fn main( {\n" }));
    assertEquals(ending(job), { state: "failed", reason: "shader_error", side: "renter" });
    assertMatch(log, /:1:|line 1/);
  },
);

gpuTest("a bundle that doesn't fit together fails on the renter's side, unrun", async (market) => {
  await market.offer();
  await market.rent();
  const { renter } = market;
  const bundle: JobBundle = {
    salt: "0".repeat(64),
    name: "misfit",
    kind: "wgsl",
    wgsl: WgslPayload.parse({
      shader: "fn main() {}",
      bindings: [{ binding: 0, input: "nowhere", output: "c" }],
      dispatch: [1, 1, 1],
    }),
    inputs: {},
    outputs: ["c"],
  };
  const { sha256 } = await renter.blobs.putBytes(canonicalBytes(bundle));
  const limits = JobLimits.parse({});
  const retry = JobRetry.parse({});
  const body = { gpu_id: GPU_ID, kind: "wgsl", bundle: sha256, limits, retry } as const;
  const accepted = await renter.submit("job.submit", body);
  const { job, log } = await follow(market, String(accepted.data.job_id));
  assertEquals(ending(job), { state: "failed", reason: "invalid_job", side: "renter" });
  assertMatch(log, /"nowhere", which is not an input/);
});

gpuTest("a cancelled job is stopped, and the GPU is free for the next one", async (market) => {
  await market.offer();
  await market.rent();
  const started = market.next("job_started");
  const job_id = await market.submit({ repeat: ENDLESS });
  await started;
  const dropped = market.next("job_dropped");
  await market.renter.submit("job.cancel", { job_id });
  await dropped;
  assertEquals((await market.renter.job(job_id)).state, "cancelled");
  const { job } = await follow(market, await market.submit());
  assertEquals(ending(job), DONE);
});

gpuTest("a job and its follower outlive a restart of the registry", async (market) => {
  await market.offer();
  await market.rent();
  const started = market.next("job_started");
  const job_id = await market.submit({ repeat: LONG });
  await started;
  const following = follow(market, job_id);
  const away = market.next("registry_away");
  await market.closeRegistry();
  await away;
  await market.open();
  const { job, log } = await following;
  assertEquals(ending(job), DONE);
  assertMatch(log, /succeeded in/);
});

gpuTest("a provider that is stopped gives its job back, then runs the next one", async (market) => {
  await market.offer();
  await market.rent();
  const started = market.next("job_started");
  const first = await market.submit({ repeat: ENDLESS });
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
