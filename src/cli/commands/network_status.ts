import { CODES, EXIT } from "../../protocol/codes.ts";
import { defineCommand } from "../command.ts";
import { nodeStatus, statusText } from "../node_status.ts";

export const command = defineCommand({
  name: "network status",
  summary: "Show this node and its registry",
  about: "Ends with 6 if the configured registry can't be reached.",
  args: {},
  flags: {},
  examples: ["horizon network status", "horizon network status --json"],
  async run(ctx) {
    const status = await nodeStatus(ctx);
    ctx.out.result(status, statusText(status));
    const { error } = status.registry;
    return error === null ? EXIT.ok : CODES[error]?.exit ?? EXIT.failure;
  },
});
