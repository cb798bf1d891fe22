import { followLog, type LogEntry, tailLog } from "../../base/log.ts";
import { EXIT } from "../../protocol/codes.ts";
import { defineCommand } from "../command.ts";
import { nodeStatus, statusText } from "../node_status.ts";
import { printable } from "../../base/printable.ts";

/** Entries shown unless `--tail` says otherwise, and the most that it may ask for. */
const DEFAULT_TAIL = 20;
const MAX_TAIL = 10_000;

export const command = defineCommand({
  name: "logs",
  summary: "Show the operation log and the state of this node",
  args: {},
  flags: {
    tail: {
      kind: "integer",
      value: "<count>",
      min: 0,
      max: MAX_TAIL,
      summary: `the last so many entries, ${DEFAULT_TAIL} unless given`,
    },
    follow: { kind: "boolean", summary: "go on with what happens from now on" },
  },
  examples: ["horizon logs", "horizon logs --tail 100 --json", "horizon logs --follow"],
  unlogged: true,
  local: true,
  async run(ctx, { flags }) {
    const { state } = ctx.folders;
    const tail = flags.tail ?? DEFAULT_TAIL;
    if (flags.follow) {
      for await (const entry of followLog(state, tail, ctx.signal)) {
        ctx.out.item(entry, lineOf(entry));
      }
      return EXIT.interrupted;
    }
    const entries = await tailLog(state, tail);
    const node = await nodeStatus(ctx);
    const lines = entries.map((entry) => lineOf(entry) + "\n").join("");
    ctx.out.result(
      { node, entries },
      lines + (lines === "" ? "" : "\n") + statusText(node, ctx.io.clock.now(), ctx.out),
    );
  },
});

function lineOf(entry: LogEntry): string {
  const { at, level, op, status, subject, code, ms, details } = entry;
  const words = [at, level.padEnd(5), op, status];
  if (subject !== undefined) words.push(subject);
  if (code !== undefined) words.push(code);
  if (ms !== undefined) words.push(`${ms} ms`);
  if (details !== undefined) words.push(JSON.stringify(details));
  return printable(words.join("  ")).replaceAll("\n", " ");
}
