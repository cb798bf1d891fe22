import { VERSION } from "../../base/version.ts";
import { defineCommand } from "../command.ts";

export const command = defineCommand({
  name: "version",
  summary: "Print the version",
  args: {},
  flags: {},
  examples: ["horizon version", "horizon version --json"],
  unlogged: true,
  local: true,
  run(ctx) {
    ctx.out.result({ version: VERSION, deno: Deno.version.deno }, `horizon ${VERSION}`);
    return Promise.resolve();
  },
});
