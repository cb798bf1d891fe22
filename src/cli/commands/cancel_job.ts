import { withSuffix } from "../home.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { jobFacts } from "../job_text.ts";
import { readJobId } from "../values.ts";

export const command = defineCommand({
  name: "cancel-job",
  summary: "Cancel a job",
  args: { job_id: { summary: "id of the job" } },
  flags: {},
  examples: ["horizon cancel-job job_7"],
  async run(ctx, { args }) {
    const job_id = readJobId(args.job_id);
    await using connection = await connect(ctx);
    await connection.client.submit("job.cancel", { job_id });
    const job = await connection.client.job(job_id);
    ctx.out.result(job, jobFacts(withSuffix(job, connection.suffix)));
  },
});
