import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import type { StreamedEvent } from "../../src/client/client.ts";
import { Home, type Running } from "./binary.ts";
import { serve, type Served } from "./served.ts";

/**
 * The promise of a training job: it comes back finished, even when its provider fails half way. The
 * registry, two providers and the renter are processes of the compiled binary; every step is a command
 * as a person types it.
 */
for (const second of ["leased", "rented by --failover"] as const) {
  Deno.test(`training goes on from its checkpoint on a second GPU, ${second}`, async () => {
    await using operator = new Home("operator");
    await using first = new Home("first");
    await using other = new Home("other");
    await using renter = new Home("renter");
    const served = await serve(operator, ["--allow-software", "--welcome-credit", "5"]);
    for (const home of [first, other, renter]) {
      await home.json(["init"]);
      await home.json(["config", "--set", "registry", served.url]);
    }
    const doomed = await provide(first, "rig-1");
    await provide(other, "rig-2");
    await renter.json(["rent", "rig-1", "--duration", "1", "--yes"]);
    if (second === "leased") await renter.json(["rent", "rig-2", "--duration", "1", "--yes"]);
    await renter.json(["job", "new", "train", "spiral"]);
    if (second !== "leased") await shorten(`${renter.folder}/spiral/job.yaml`);

    const head = (await served.operator.node()).head.seq;
    const failover = second === "leased" ? [] : ["--failover", "price<0.5", "--max-price", "0.5"];
    const submit = ["submit-job", "rig-1", "--job", "spiral/job.yaml", "--out", "made"];
    const waiting = renter.start([...submit, ...failover]);
    const kept = await eventOf(served, head, "job.checkpointed");
    const job_id = String(kept.data["job_id"]);
    await reported(renter, job_id, 0.25);
    await doomed.kill("SIGKILL");

    const moved = await eventOf(served, kept.seq, "job.requeued");
    assertEquals([moved.data["gpu_id"], moved.data["attempt"]], ["rig-2", 2]);
    assertEquals((await waiting.status).code, 0, waiting.lines.join("\n"));

    const lines = await logOf(renter, job_id);
    const resumed = lines.findIndex(({ text }) => /^going on after step \d+$/.test(text));
    assert(resumed >= 0, waiting.lines.join("\n"));
    const done = lines.flatMap(({ kind, text }) => kind === "metric" ? [JSON.parse(text)] : []);
    assertEquals(done.at(-1).done, 1);
    assertGreaterOrEqual(done.at(-1).accuracy, 0.99);
    const at = Number(/\d+/.exec(lines[resumed]?.text ?? "")?.[0]);
    assertGreaterOrEqual(at, 25, "what was kept is not done twice");

    const made = await Deno.readFile(`${renter.folder}/made/weights.npy`);
    await renter.json(["job", "fetch", job_id, "--out", "again"]);
    assertEquals(await Deno.readFile(`${renter.folder}/again/weights.npy`), made);
    const { gpu_id, failed_on, state } = await renter.json(["status", job_id]);
    assertEquals([gpu_id, failed_on, state], ["rig-2", ["rig-1"], "succeeded"]);
    await billedUntilLost(served, renter, kept);
    // One adapter computes both here: what was resumed is what was never stopped.
    if (second !== "leased") assert((await renter.json(["job", "verify", job_id])).agrees);
    await verified(renter, "rig-2");
  });
}

/** Registers a GPU and offers it for jobs of every kind. */
async function provide(owner: Home, gpu_id: string): Promise<Running> {
  const ask = ["--gpu-id", gpu_id, "--gpu-type", "auto", "--price", "0.36"];
  await owner.json(["register-gpu", ...ask]);
  const provider = owner.start(["provide", "--kinds", "wgsl,onnx,module"]);
  await provider.line(/online/);
  return provider;
}

/** Half the steps: enough for what is learnt, and for a failure half way. */
async function shorten(job_file: string): Promise<void> {
  const text = await Deno.readTextFile(job_file);
  await Deno.writeTextFile(job_file, text.replace("steps: 600", "steps: 300"));
}

/** The first event of a type after a place in the feed. */
async function eventOf(served: Served, after: number, type: string): Promise<StreamedEvent> {
  for await (const event of served.operator.events(after, AbortSignal.timeout(120_000))) {
    if (event.type === type) return event;
  }
  throw new Error(`the feed ended before ${type}`);
}

/** Resolves when the job has reported that share of its work, as `job logs --follow` shows it. */
async function reported(renter: Home, job_id: string, share: number): Promise<void> {
  const following = renter.start(["job", "logs", job_id, "--follow", "--progress", "--json"]);
  for (let done = 0; done < share;) {
    const pattern = new RegExp(`"kind":"metric".*\\\\"done\\\\":([0-9.]+)`);
    const seen = await following.line(pattern);
    done = Number(seen[1]);
    following.lines.length = 0;
  }
  await following.kill("SIGTERM");
}

async function logOf(renter: Home, job_id: string): Promise<{ kind: string; text: string }[]> {
  const { lines } = await renter.json(["job", "logs", job_id, "--progress"]);
  assert(Array.isArray(lines));
  return lines;
}

/** A shader's job on a GPU gives what a replay on the renter's own machine gives. */
async function verified(renter: Home, gpu_id: string): Promise<void> {
  await renter.json(["job", "new", "wgsl", "product"]);
  const submit = ["submit-job", gpu_id, "--job", "product/job.yaml", "--out", "product/made"];
  const { job } = await renter.json(submit);
  const { agrees, on } = await renter.json(["job", "verify", Object(job).job_id]);
  assertEquals([agrees, on], [true, "local"]);
}

/** The lease on the GPU that went away ends by itself, and costs nothing after that. */
async function billedUntilLost(served: Served, renter: Home, kept: StreamedEvent): Promise<void> {
  const { data: { last_seen } } = await eventOf(served, kept.seq, "gpu.offline");
  const { data: { lease_id } } = await eventOf(served, kept.seq, "lease.ended");
  const { leases } = await renter.json(["lease", "list", "--all"]);
  assert(Array.isArray(leases));
  const lost = leases.find((lease) => lease.gpu_id === "rig-1");
  assertEquals([lost.lease_id, lost.state, lost.reason], [lease_id, "ended", "provider_offline"]);
  const used_s = Math.ceil((Number(last_seen) - lost.started_at) / 1000);
  assert(lost.metered_s <= used_s, `${lost.metered_s} s are billed, ${used_s} s were used`);
}
