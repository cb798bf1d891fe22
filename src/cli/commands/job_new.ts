import { join } from "node:path";
import { closestString } from "@std/text/closest-string";
import { HorizonError } from "../../base/errors.ts";
import type { JobKind } from "../../protocol/job.ts";
import { defineCommand } from "../command.ts";
import { TEMPLATE_FILES, writeWgslTemplate } from "../job_template.ts";
import { ONNX_TEMPLATE_FILES, writeOnnxTemplate } from "../onnx_template.ts";
import { TRAIN_TEMPLATE_FILES, writeTrainTemplate } from "../train_template.ts";

const TRAIN = { files: TRAIN_TEMPLATE_FILES, write: writeTrainTemplate };

/** What is written for each name: that of a kind, or what a module does. */
const TEMPLATES: Readonly<Record<JobKind | "train", Template>> = {
  wgsl: { files: TEMPLATE_FILES, write: (folder: string) => writeWgslTemplate(folder) },
  onnx: { files: ONNX_TEMPLATE_FILES, write: writeOnnxTemplate },
  train: TRAIN,
  module: TRAIN,
};
const NAMES = ["wgsl", "onnx", "train", "module"] as const;

interface Template {
  files: Readonly<Record<string, string>> & { readonly job: string };
  write(folder: string): Promise<void>;
}

export const command = defineCommand({
  name: "job new",
  summary: "Write a working example of a job into a folder",
  about: "wgsl: a job file, its shader, two input matrices, and the product that it must give.\n" +
    "onnx: a job file, a small model, its input, and what it must give.\n" +
    "train (or module): a job file, a module that trains a classifier, and its data.",
  args: {
    kind: { summary: `what the job runs: ${NAMES.join(", ")}` },
    folder: { summary: "where to write it; it is made if it isn't there" },
  },
  flags: {},
  examples: ["horizon job new wgsl my-job", "horizon job new train my-training"],
  local: true,
  async run(ctx, { args }) {
    const { kind, folder } = args;
    const known = NAMES.find((name) => name === kind);
    if (known === undefined) {
      throw new HorizonError(
        "invalid_input",
        `There is no kind of job "${kind.slice(0, 40)}". Did you mean "${
          closestString(kind, NAMES)
        }"?`,
      );
    }
    const template = TEMPLATES[known];
    await template.write(folder);
    const files = Object.values(template.files);
    const job_file = join(folder, template.files.job);
    ctx.out.result(
      { job_file, folder, files },
      `${files.map((name) => join(folder, name)).join("\n")}\n`,
    );
    ctx.out.note(`Submit it: horizon submit-job <gpu_id> --job ${job_file} --wait`);
  },
});
