import { TRAIN_TEMPLATE_FILES, writeTrainTemplate } from "../../src/cli/train_template.ts";
import { type JailedJob, type JobOutcome, runJailed } from "../../src/provider/jail.ts";
import { compiledProgram } from "../../src/provider/jail_program.ts";
import { Run } from "../../src/provider/jail_run.ts";
import { type Figure, paired } from "../figure.ts";
import { HORIZON, whyNotJailed } from "../jobs.ts";

const ROUNDS = 3;
const STEPS = 400;

/** The renter's time of the example of a training, in the jail and in a fresh process without it. */
export const figure: Figure = {
  group: "jobs",
  name: `training of ${STEPS} steps on WebGPU, jailed / in a process without the jail`,
  unit: "ms",
  aim: { op: "<=", value: 1.1 },
  async measure() {
    const skipped = await whyNotJailed();
    if (skipped !== null) return { skipped };
    const job = await training();
    const program = compiledProgram(HORIZON);
    const { ours, against } = await paired(
      ROUNDS,
      () => elapsed(runJailed(job, { program })),
      () => elapsed(new Run(job, { program }, false).outcome()),
    );
    return { ours, against, ratio: ours / against };
  },
};

/** The job that `job new train` writes, of so many steps. */
async function training(): Promise<JailedJob> {
  const folder = await Deno.makeTempDir();
  try {
    await writeTrainTemplate(folder);
    const read = (name: string) => Deno.readFile(`${folder}/${name}`);
    const { source, points, classes } = TRAIN_TEMPLATE_FILES;
    const args = { steps: STEPS, hidden: 32, learning_rate: 0.01, seed: 1, report_every: 50 };
    return {
      program: { kind: "module", module: { args, env: {} } },
      payloads: new Map([["source", await read(source)]]),
      inputs: new Map([["x", await read(points)], ["y", await read(classes)]]),
      outputs: ["weights.npy"],
      metrics: ["loss", "accuracy"],
      limits: { time_s: 300, memory_mb: 1024, vram_mb: 256, output_mb: 1, checkpoint_mb: 1 },
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a run took by the provider's clock, in milliseconds, from the job's own first step. */
async function elapsed(run: Promise<JobOutcome>): Promise<number> {
  const { state, reason, message, elapsed_ms } = await run;
  if (state !== "succeeded") throw new Error(`${reason}: ${message}`);
  return elapsed_ms;
}
