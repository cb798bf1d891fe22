import { withSuffix } from "../home.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { metricCharts, recordedMetrics } from "../job_metrics.ts";
import { JOB_EXIT, jobFacts } from "../job_text.ts";
import { readJobId } from "../values.ts";

export const command = defineCommand({
  name: "status",
  summary: "Show where a job stands",
  about: "The exit code tells its state: 0 succeeded, 100 failed or lost, 101 not finished,\n" +
    "103 cancelled. --plot draws the figures that the job's file names under metrics, each over\n" +
    "the share of the work that is done; with --json they are in the document.",
  args: { job_id: { summary: "id of the job" } },
  flags: { plot: { kind: "boolean", summary: "draw what it reported, such as its loss" } },
  examples: ["horizon status job_7", "horizon status job_7 --plot", "horizon status job_7 --json"],
  async run(ctx, { args, flags }) {
    const job_id = readJobId(args.job_id);
    await using connection = await connect(ctx);
    const { client, suffix } = connection;
    const job = await client.job(job_id);
    const text = jobFacts(withSuffix(job, suffix));
    if (flags.plot) {
      const metrics = await recordedMetrics(client, job_id);
      const charts = metricCharts(metrics, ctx.out);
      if (charts === "") ctx.out.note(`${job_id}${suffix} has reported no metrics.`);
      ctx.out.result({ ...job, metrics }, charts === "" ? text : `${text}\n${charts}`);
    } else ctx.out.result(job, text);
    return JOB_EXIT[job.state];
  },
});
