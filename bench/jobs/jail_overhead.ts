import { sha256Hex } from "../../src/base/hash.ts";
import { openAdapter } from "../../src/gpu/adapter.ts";
import { WgslPayload } from "../../src/protocol/job.ts";
import { type JailedJob, runJailed } from "../../src/provider/jail.ts";
import { compiledProgram } from "../../src/provider/jail_program.ts";
import { requestDevice } from "../../src/runtime/gpu_device.ts";
import { Checkpoints } from "../../src/runtime/checkpoints.ts";
import { runWgsl } from "../../src/runtime/wgsl.ts";
import { type Figure, median } from "../figure.ts";
import { HORIZON, whyNotJailed } from "../jobs.ts";

const ROUNDS = 11;
/** What the jail may add to a job. */
const LIMIT_MS = 150;

const payload = WgslPayload.parse({
  shader: `
    @group(0) @binding(0) var<storage, read_write> x: array<u32>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      x[id.x] = x[id.x] * 2u + 1u;
    }`,
  bindings: [{ binding: 0, input: "x", output: "y" }],
  dispatch: [1, 1, 1],
});
const job: JailedJob = {
  program: { kind: "wgsl", wgsl: payload },
  inputs: new Map([["x", new Uint8Array(256)]]),
  outputs: ["y"],
  limits: { time_s: 60, memory_mb: 256, vram_mb: 64, output_mb: 16 },
};

/** A trivial shader, from the bundle in hand to its result on disk, with and without the jail. */
export const figure: Figure = {
  group: "jobs",
  name: "trivial wgsl job, provider receives → result stored: what the jail adds / 150 ms",
  unit: "ms",
  aim: { op: "<=", value: 1 },
  async measure() {
    const skipped = await whyNotJailed();
    if (skipped !== null) return { skipped };
    const folder = await Deno.makeTempDir();
    try {
      return await compare(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};

async function compare(folder: string) {
  const ours: number[] = [];
  const against: number[] = [];
  const steps = new Map<string, number[]>();
  for (let round = -1; round < ROUNDS; round++) {
    const jailed = await timed(() => inJail(folder, round < 0 ? new Map() : steps));
    const free = await timed(() => withoutJail(folder));
    if (round < 0) continue; // warm the page cache
    ours.push(jailed);
    against.push(free);
  }
  const [a, b] = [median(ours), median(against)];
  const added_ms = a - b;
  const note = `jailed ${a.toFixed(1)} ms, direct ${b.toFixed(1)} ms; ${describe(steps)}`;
  return { ours: added_ms, against: LIMIT_MS, ratio: added_ms / LIMIT_MS, note };
}

/** The job in its jailed child; each stage's own time goes to `steps`, in milliseconds. */
async function inJail(folder: string, steps: Map<string, number[]>): Promise<void> {
  const note = (step: string, ms: number) => steps.set(step, [...steps.get(step) ?? [], ms]);
  let last_ms = performance.timeOrigin + performance.now();
  const outcome = await runJailed(job, {
    program: compiledProgram(HORIZON),
    onStage: (stage, at_ms) => {
      note(stage, at_ms - last_ms);
      last_ms = at_ms;
    },
  });
  const bytes = outcome.outputs[0]?.bytes;
  if (bytes === undefined) throw new Error(`the job ${outcome.reason}: ${outcome.message}`);
  note("ended", performance.timeOrigin + performance.now() - last_ms);
  await store(folder, bytes);
}

/** The same dispatch in this process, on a device of its own. */
async function withoutJail(folder: string): Promise<void> {
  const device = await requestDevice(await openAdapter());
  const outputs: Uint8Array<ArrayBuffer>[] = [];
  const checkpoints = new Checkpoints(job.limits, () => {});
  await runWgsl(device, { ...job, payload, checkpoints, resumed: null }, {
    onLog: () => {},
    onStage: () => {},
    onProgress: () => {},
    onOutput: (_name, bytes) => outputs.push(bytes.slice()),
  });
  device.destroy();
  for (const bytes of outputs) await store(folder, bytes);
}

/** As the blob store does: under its hash, by an atomic rename. */
async function store(folder: string, bytes: Uint8Array): Promise<void> {
  const path = `${folder}/${sha256Hex(bytes)}`;
  await Deno.writeFile(`${path}.part`, bytes);
  await Deno.rename(`${path}.part`, path);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started_ms = performance.now();
  await work();
  return performance.now() - started_ms;
}

function describe(steps: ReadonlyMap<string, readonly number[]>): string {
  const medians = [...steps].map(([step, times]) => `${step} ${median(times).toFixed(1)}`);
  return `ms up to each stage: ${medians.join(", ")}`;
}
