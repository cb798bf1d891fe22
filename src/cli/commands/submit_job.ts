import { HorizonError } from "../../base/errors.ts";
import { compileFilter } from "../../protocol/filter.ts";
import { withSuffix } from "../home.ts";
import type { JobView } from "../../protocol/job.ts";
import { defineCommand } from "../command.ts";
import { connect, type Connection } from "../connect.ts";
import type { Context } from "../context.ts";
import { loadJobFile } from "../job_file.ts";
import type { SavedOutput } from "../job_results.ts";
import { refuseExisting } from "../new_file.ts";
import { JOB_EXIT } from "../job_text.ts";
import { checkMaxPrice, ownLease, sendJob } from "../job_send.ts";
import { type Placing } from "../../client/submit_job.ts";
import { waitForJob } from "../job_wait.ts";
import { Progress } from "../progress.ts";
import { readGpuId, readPrice, readPriority } from "../values.ts";

export const command = defineCommand({
  name: "submit-job",
  summary: "Run a job on a GPU that you rent",
  about:
    "The job file and all that it names are checked before anything is sent. With --wait the\n" +
    "job's log and progress are shown, and its outputs are fetched into ./<job_id>, or --out.\n" +
    "Exit codes with --wait: 0 succeeded, 100 failed or lost, 103 cancelled.",
  args: { gpu_id: { summary: "a GPU that you rent" } },
  flags: {
    job: { kind: "text", value: "<job_file>", required: true, summary: "YAML or JSON" },
    wait: { kind: "boolean", summary: "wait for its end and fetch its outputs" },
    priority: { kind: "text", value: "<0-9>", summary: "9 runs first; 0 unless given" },
    failover: {
      kind: "text",
      value: "<filter>",
      summary: "a GPU that may be rented for it, should all that you rent be lost",
    },
    "max-price": {
      kind: "text",
      value: "<price>",
      summary: "the most such a GPU may cost, in dollars an hour",
    },
    out: { kind: "text", value: "<folder>", summary: "where outputs go; it implies --wait" },
  },
  examples: [
    "horizon submit-job rig-1 --job my-job/job.yaml --wait",
    "horizon submit-job rig-1 --job my-job/job.yaml",
    "horizon submit-job rig-1 --job my-job/job.yaml --failover 'vram_gb>=24' --max-price 0.40",
  ],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    const wait = flags.wait || flags.out !== undefined;
    const placing = readPlacing(flags);
    const loaded = await loadJobFile(flags.job);
    for (const name of flags.out === undefined ? [] : loaded.job.outputs) {
      await refuseExisting(`${flags.out}/${name}`, "Name another folder with --out.");
    }
    await using connection = await connect(ctx, { long: wait, graceful: wait });
    const { client, suffix } = connection;
    checkMaxPrice(loaded, await ownLease(client, gpu_id, suffix));
    const progress = new Progress(ctx.out);
    const onStep = (step: string) => progress.update(step);
    const job_id = await sendJob(client, gpu_id, loaded, onStep, placing)
      .finally(() => progress.done());
    if (!wait) return await tellQueued(ctx, connection, job_id);
    ctx.out.note(`${job_id}${suffix} is queued.`);
    const { job, outputs } = await waitForJob(ctx, connection, gpu_id, job_id, flags.out ?? job_id);
    ctx.out.result({ job, outputs }, describeEnd(withSuffix(job, suffix), outputs));
    return JOB_EXIT[job.state];
  },
});

interface PlacingFlags {
  priority?: string | undefined;
  failover?: string | undefined;
  "max-price"?: string | undefined;
}

/** Throws `invalid_filter`, and `invalid_input` for one of two flags that belong together. */
function readPlacing(flags: PlacingFlags): Placing {
  const { priority, failover: where, "max-price": price } = flags;
  const placing = priority === undefined ? {} : { priority: readPriority(priority) };
  if (where === undefined && price === undefined) return placing;
  if (where === undefined || price === undefined) {
    throw new HorizonError("invalid_input", "--failover and --max-price belong together.", {
      fix: "Such as: --failover 'vram_gb>=24' --max-price 0.40",
    });
  }
  compileFilter(where);
  const max_price_micros_per_hour = readPrice(price, "--max-price");
  return { ...placing, failover: { where, max_price_micros_per_hour } };
}

async function tellQueued(ctx: Context, connection: Connection, job_id: string): Promise<void> {
  const job = await connection.client.job(job_id);
  const ref = job_id + connection.suffix;
  ctx.out.result({ job }, `${ref} is queued.`);
  if (connection.embedded) {
    ctx.out.note("It waits until a provider runs on this machine: horizon provide");
  }
  ctx.out.note(`See how it does: horizon status ${ref}, horizon job logs ${ref} --follow`);
}

function describeEnd(job: JobView, outputs: readonly SavedOutput[]): string {
  const { job_id, lease_id, state, reason, side } = job;
  if (state !== "succeeded") {
    const whose = side === null ? "" : `, on the ${side}'s side`;
    const next = side === "provider"
      ? `Try another GPU: horizon lease end ${lease_id}, then horizon list-gpus`
      : `See what it said: horizon job logs ${job_id}`;
    return `${job_id} ${state}: ${reason ?? "no reason"}${whose}.\n${next}`;
  }
  const files = outputs.map(({ path, size_bytes }) => `  ${path}  ${size_bytes} bytes\n`);
  return `${job_id} succeeded.\n${files.join("")}`;
}
