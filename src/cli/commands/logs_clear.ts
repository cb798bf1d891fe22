import { clearLog } from "../../base/log.ts";
import { defineCommand } from "../command.ts";

export const command = defineCommand({
  name: "logs clear",
  summary: "Empty the operation log",
  args: {},
  flags: {},
  examples: ["horizon logs clear"],
  unlogged: true,
  local: true,
  async run(ctx) {
    const removed_files = await clearLog(ctx.folders.state);
    ctx.out.result({ removed_files }, "");
    ctx.out.note(removed_files === 0 ? "The log was empty." : "The log is empty.");
  },
});
