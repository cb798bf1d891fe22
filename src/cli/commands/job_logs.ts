import { formatTime } from "../../base/time_text.ts";
import type { LogLine } from "../../protocol/api.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { allLines, followJob } from "../../client/follow_job.ts";
import { printable } from "../../base/printable.ts";
import { readJobId, readSince } from "../values.ts";

export const command = defineCommand({
  name: "job logs",
  summary: "Show what a job has said",
  about:
    "Only the renter and the provider of a job may read its log. With --follow it goes on to\n" +
    "the job's end, and --json prints one JSON document a line. Progress and metrics come only\n" +
    "with --progress.",
  args: { job_id: { summary: "the job" } },
  flags: {
    follow: { kind: "boolean", short: "f", summary: "go on until the job ends" },
    tail: {
      kind: "integer",
      value: "<count>",
      min: 0,
      max: LIMITS.job_log_bytes,
      summary: "only the last so many lines of those that are there",
    },
    since: {
      kind: "text",
      value: "<time>",
      summary: "only lines since then: 10m, 2h, or 2026-01-31T12:00:00Z",
    },
    progress: { kind: "boolean", summary: "progress and metrics too" },
  },
  examples: [
    "horizon job logs job_7 --tail 20",
    "horizon job logs job_7 --follow --since 10m --progress",
  ],
  async run(ctx, { args, flags }) {
    const job_id = readJobId(args.job_id);
    const since = flags.since === undefined ? {} : {
      since: readSince(flags.since, ctx.io.clock.now()),
    };
    const selection = {
      ...since,
      ...(flags.tail === undefined ? {} : { tail: flags.tail }),
      ...(flags.progress ? {} : { kinds: ["log", "status"] as const }),
    };
    await using connection = await connect(ctx, { long: flags.follow });
    const { client } = connection;
    if (flags.follow) {
      const onLine = (line: LogLine) => ctx.out.item(line, textOf(line));
      await followJob(client, job_id, { onLine, signal: ctx.signal, selection });
      return;
    }
    const lines = await Array.fromAsync(allLines(client, job_id, selection));
    ctx.out.result({ job_id, lines }, lines.map((line) => textOf(line) + "\n").join(""));
  },
});

function textOf({ at, kind, text }: LogLine): string {
  const mark = kind === "log" ? "" : `[${kind}] `;
  return `${formatTime(at)} ${mark}${printable(text)}`;
}
