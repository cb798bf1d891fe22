import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { fetchResults } from "../job_results.ts";
import { Progress } from "../progress.ts";
import { readJobId } from "../values.ts";

export const command = defineCommand({
  name: "job fetch",
  summary: "Fetch the outputs of a job that succeeded",
  about:
    "Each output is checked by its hash; nothing is written over. A fetch that broke off goes on.",
  args: { job_id: { summary: "the job" } },
  flags: {
    out: { kind: "text", value: "<folder>", summary: "where they go; ./<job_id> unless given" },
  },
  examples: ["horizon job fetch job_7", "horizon job fetch job_7 --out results"],
  async run(ctx, { args, flags }) {
    const job_id = readJobId(args.job_id);
    await using connection = await connect(ctx);
    const { client } = connection;
    const progress = new Progress(ctx.out);
    const job = await client.job(job_id);
    const onStep = (text: string) => progress.update(text);
    const outputs = await fetchResults(client, job, flags.out ?? job_id, onStep)
      .finally(() => progress.done());
    const files = outputs.map(({ path, size_bytes }) => `${path}  ${size_bytes} bytes\n`);
    ctx.out.result({ job_id, outputs }, files.join("") || `${job_id} has no outputs to fetch.`);
  },
});
