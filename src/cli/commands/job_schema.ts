import { toJSONSchema } from "zod";
import { JobFile } from "../../protocol/job.ts";
import { defineCommand } from "../command.ts";

/** What an editor needs to check a job file while it is written. */
export const command = defineCommand({
  name: "job schema",
  summary: "Print the JSON Schema of a job file",
  about: "The same rules that validate a job file. Point your editor's YAML support at it.",
  args: {},
  flags: {},
  examples: ["horizon job schema > job.schema.json"],
  local: true,
  run(ctx) {
    const schema = { title: "A job of Horizon", ...toJSONSchema(JobFile, { io: "input" }) };
    ctx.out.result(schema, JSON.stringify(schema, null, 2));
    return Promise.resolve();
  },
});
