import { join } from "node:path";
import { closestString } from "@std/text/closest-string";
import { HorizonError } from "../../base/errors.ts";
import { JOB_KINDS } from "../../protocol/job.ts";
import { defineCommand } from "../command.ts";
import { TEMPLATE_FILES, writeWgslTemplate } from "../job_template.ts";

export const command = defineCommand({
  name: "job new",
  summary: "Write a working example of a job into a folder",
  about: "Writes a job file, its shader, two input matrices, and the product that it must give.",
  args: {
    kind: { summary: `what the job runs: ${JOB_KINDS.join(", ")}` },
    folder: { summary: "where to write it; it is made if it isn't there" },
  },
  flags: {},
  examples: ["horizon job new wgsl my-job"],
  async run(ctx, { args }) {
    const { kind, folder } = args;
    if (!JOB_KINDS.some((known) => known === kind)) {
      throw new HorizonError(
        "invalid_input",
        `There is no kind of job "${kind.slice(0, 40)}". Did you mean "${
          closestString(kind, JOB_KINDS)
        }"?`,
      );
    }
    await writeWgslTemplate(folder);
    const job_file = join(folder, TEMPLATE_FILES.job);
    const files = Object.values(TEMPLATE_FILES);
    ctx.out.result(
      { job_file, folder, files },
      `${files.map((name) => join(folder, name)).join("\n")}\n`,
    );
    ctx.out.note(`Submit it: horizon submit-job <gpu_id> --job ${job_file} --wait`);
  },
});
