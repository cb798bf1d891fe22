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
import { waitForJob } from "../job_wait.ts";
import { Progress } from "../progress.ts";
import { readGpuId } from "../values.ts";

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
    out: { kind: "text", value: "<folder>", summary: "where outputs go; it implies --wait" },
  },
  examples: [
    "horizon submit-job rig-1 --job my-job/job.yaml --wait",
    "horizon submit-job rig-1 --job my-job/job.yaml",
  ],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    const wait = flags.wait || flags.out !== undefined;
    const loaded = await loadJobFile(flags.job);
    for (const name of flags.out === undefined ? [] : loaded.job.outputs) {
      await refuseExisting(`${flags.out}/${name}`, "Name another folder with --out.");
    }
    await using connection = await connect(ctx, { long: wait, graceful: wait });
    const { client, suffix } = connection;
    checkMaxPrice(loaded, await ownLease(client, gpu_id, suffix));
    const progress = new Progress(ctx.out);
    const job_id = await sendJob(client, gpu_id, loaded, (step) => progress.update(step))
      .finally(() => progress.done());
    if (!wait) return await tellQueued(ctx, connection, job_id);
    ctx.out.note(`${job_id}${suffix} is queued.`);
    const { job, outputs } = await waitForJob(ctx, connection, gpu_id, job_id, flags.out ?? job_id);
    ctx.out.result({ job, outputs }, describeEnd(withSuffix(job, suffix), outputs));
    return JOB_EXIT[job.state];
  },
});

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
  const { job_id, state, reason, side } = job;
  if (state !== "succeeded") {
    const whose = side === null ? "" : `, on the ${side}'s side`;
    return `${job_id} ${state}: ${reason ?? "no reason"}${whose}.`;
  }
  const files = outputs.map(({ path, size_bytes }) => `  ${path}  ${size_bytes} bytes\n`);
  return `${job_id} succeeded.\n${files.join("")}`;
}
