import type { LogLine } from "../../protocol/api.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { formatTime } from "../format.ts";
import { allLines, followJob } from "../job_follow.ts";
import { printable } from "../output.ts";
import { readJobId } from "../values.ts";

export const command = defineCommand({
  name: "job logs",
  summary: "Show what a job has said",
  about:
    "Only the renter and the provider of a job may read its log. With --follow it goes on to\n" +
    "the job's end, and --json prints one JSON document a line.",
  args: { job_id: { summary: "the job" } },
  flags: { follow: { kind: "boolean", short: "f", summary: "go on until the job ends" } },
  examples: ["horizon job logs job_7", "horizon job logs job_7 --follow"],
  async run(ctx, { args, flags }) {
    const job_id = readJobId(args.job_id);
    await using connection = await connect(ctx, { long: flags.follow });
    const { client } = connection;
    if (flags.follow) {
      const onLine = (line: LogLine) => ctx.out.item(line, textOf(line));
      await followJob(client, job_id, { onLine, signal: ctx.signal });
      return;
    }
    const lines = await Array.fromAsync(allLines(client, job_id, {}));
    ctx.out.result({ job_id, lines }, lines.map((line) => textOf(line) + "\n").join(""));
  },
});

function textOf({ at, kind, text }: LogLine): string {
  const mark = kind === "log" ? "" : `[${kind}] `;
  return `${formatTime(at)} ${mark}${printable(text)}`;
}
