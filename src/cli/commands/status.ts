import { withSuffix } from "../home.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { JOB_EXIT, jobFacts } from "../job_text.ts";
import { readJobId } from "../values.ts";

export const command = defineCommand({
  name: "status",
  summary: "Show where a job stands",
  about: "The exit code tells its state: 0 succeeded, 100 failed or lost, 101 not finished,\n" +
    "103 cancelled.",
  args: { job_id: { summary: "id of the job" } },
  flags: {},
  examples: ["horizon status job_7", "horizon status job_7 --json"],
  async run(ctx, { args }) {
    const job_id = readJobId(args.job_id);
    await using connection = await connect(ctx);
    const job = await connection.client.job(job_id);
    ctx.out.result(job, jobFacts(withSuffix(job, connection.suffix)));
    return JOB_EXIT[job.state];
  },
});
