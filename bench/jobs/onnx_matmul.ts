import { encodeNpy } from "../../src/base/npy.ts";
import { openAdapter } from "../../src/gpu/adapter.ts";
import { type JailedJob, runJailed } from "../../src/provider/jail.ts";
import { compiledProgram } from "../../src/provider/jail_program.ts";
import { requestDevice } from "../../src/runtime/gpu_device.ts";
import { type LoadedOnnx, loadOnnx } from "../../src/runtime/onnx/load.ts";
import { runOnnx } from "../../src/runtime/onnx/run.ts";
import { type Figure, median } from "../figure.ts";
import { HORIZON, whyNotJailed } from "../jobs.ts";

const ROUNDS = 5;

/** a·b·b·… with 20 products of 256×1024 and 1024×1024; the identity keeps the numbers finite. */
const model = Deno.readFileSync(new URL("matmul_20.onnx", import.meta.url));
const inputs = new Map([["a", matrix(256, () => 1)], [
  "b",
  matrix(1024, (row, column) => row === column ? 1 : 0),
]]);
const program = { execution: "webgpu" } as const;
const job: JailedJob = {
  program: { kind: "onnx", onnx: program },
  payloads: new Map([["model", model]]),
  inputs,
  outputs: ["c"],
  limits: { time_s: 120, memory_mb: 2048, vram_mb: 512, output_mb: 16 },
};

/** The renter's time of a model in the jail, and of the same model called directly. */
export const figure: Figure = {
  group: "jobs",
  name: "onnx job, 20 products of 256×1024×1024 on WebGPU, jailed / called in this process",
  unit: "ms",
  aim: { op: "<=", value: 1.1 },
  async measure() {
    const skipped = await whyNotJailed();
    if (skipped !== null) return { skipped };
    const loaded = await loadOnnx(await requestDevice(await openAdapter()));
    const ours: number[] = [];
    const against: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await jailed());
      against.push(await direct(loaded));
    }
    const [a, b] = [median(ours), median(against)];
    return { ours: a, against: b, ratio: a / b };
  },
};

async function jailed(): Promise<number> {
  const outcome = await runJailed(job, { program: compiledProgram(HORIZON) });
  if (outcome.state !== "succeeded") throw new Error(`${outcome.reason}: ${outcome.message}`);
  return outcome.elapsed_ms;
}

async function direct(loaded: LoadedOnnx): Promise<number> {
  const started_ms = performance.now();
  await runOnnx(loaded, { model, program, inputs, outputs: ["c"] }, {
    onStage: () => {},
    onProgress: () => {},
    onOutput: () => {},
  });
  return performance.now() - started_ms;
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
