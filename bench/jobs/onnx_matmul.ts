import { encodeNpy } from "../../src/base/npy.ts";
import { type JailedJob, type JobOutcome, runJailed } from "../../src/provider/jail.ts";
import { compiledProgram } from "../../src/provider/jail_program.ts";
import { Run } from "../../src/provider/jail_run.ts";
import { type Figure, median } from "../figure.ts";
import { HORIZON, whyNotJailed } from "../jobs.ts";

const ROUNDS = 5;

/** a·b·b·… with 20 products of 256×1024 and 1024×1024; the identity keeps the numbers finite. */
const model = Deno.readFileSync(new URL("matmul_20.onnx", import.meta.url));
const inputs = new Map([["a", matrix(256, () => 1)], [
  "b",
  matrix(1024, (row, column) => row === column ? 1 : 0),
]]);
const job: JailedJob = {
  program: { kind: "onnx", onnx: { execution: "webgpu" } },
  payloads: new Map([["model", model]]),
  inputs,
  outputs: ["c"],
  limits: { time_s: 120, memory_mb: 2048, vram_mb: 512, output_mb: 16 },
};

/** The renter's time of a model in the jail, and in a fresh process of the same program without it. */
export const figure: Figure = {
  group: "jobs",
  name: "onnx job, 20 products of 256×1024×1024 on WebGPU, jailed / in a process without the jail",
  unit: "ms",
  aim: { op: "<=", value: 1.1 },
  async measure() {
    const skipped = await whyNotJailed();
    if (skipped !== null) return { skipped };
    const program = compiledProgram(HORIZON);
    const jailed = () => elapsed(runJailed(job, { program }));
    const direct = () => elapsed(new Run(job, { program }, false).outcome());
    const ours: number[] = [];
    const against: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await jailed());
      against.push(await direct());
    }
    const [a, b] = [median(ours), median(against)];
    return { ours: a, against: b, ratio: a / b };
  },
};

/** What a run took by the provider's clock, in milliseconds, from the job's own first step. */
async function elapsed(run: Promise<JobOutcome>): Promise<number> {
  const { state, reason, message, elapsed_ms } = await run;
  if (state !== "succeeded") throw new Error(`${reason}: ${message}`);
  return elapsed_ms;
}

function matrix(rows: number, value: (row: number, column: number) => number) {
  const columns = 1024;
  const values = Float32Array.from(
    { length: rows * columns },
    (_, i) => value(Math.floor(i / columns), i % columns),
  );
  const data = new Uint8Array(values.buffer);
  return encodeNpy({ dtype: "float32", shape: [rows, columns], data });
}
