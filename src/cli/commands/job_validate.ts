import { defineCommand } from "../command.ts";
import { loadJobFile } from "../job_file.ts";
import { facts } from "../table.ts";

export const command = defineCommand({
  name: "job validate",
  summary: "Check a job file and all that it names, without sending anything",
  about: "The shader, or the model, is read where the job runs.",
  args: { job_file: { summary: "the job file, YAML or JSON" } },
  flags: {},
  examples: ["horizon job validate my-job/job.yaml"],
  local: true,
  async run(ctx, { args }) {
    const { job, inputs } = await loadJobFile(args.job_file);
    const input_bytes = [...inputs.values()].reduce((sum, file) => sum + file.size_bytes, 0);
    const { name, kind, outputs, limits } = job;
    ctx.out.result(
      { valid: true, name, kind, inputs: [...inputs.keys()], input_bytes, outputs, limits },
      `${args.job_file} is valid.\n` + facts([
        ["name", name],
        ["kind", kind],
        ["inputs", `${[...inputs.keys()].join(", ") || "none"} (${input_bytes} bytes)`],
        ["outputs", outputs.join(", ") || "none"],
        ["limits", `${limits.time_s} s, ${limits.memory_mb} MB memory, ${limits.vram_mb} MB VRAM`],
      ]),
    );
  },
});
