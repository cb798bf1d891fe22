import { HorizonError } from "../base/errors.ts";
import { SHA256_BYTES } from "../base/hash.ts";
import { LANES_PER_LEAF, TAG_WORDS } from "../proof/size.ts";
import { BufferScope } from "./buffers.ts";
import { type Gpu, guarded } from "./device.ts";
import { CANDIDATES, DEFAULT_CHOICE, type KernelChoice } from "./kernel_choice.ts";
import {
  compileChainKernel,
  compileMatrixKernel,
  compileSha256Kernel,
  compileSweepKernel,
  encodePass,
  lineGrid,
  prepare,
  type PreparedDispatch,
  submit,
} from "./kernels.ts";
import { SHA256_ROUND_KEYS } from "./sha256_round_keys.ts";

/** How long the default of a part should run, so that its launch weighs little. */
const TARGET_MS = 30;
const MAX_REPEATS = 1024;
/** Times that each candidate runs; the best one counts. */
const ROUNDS = 3;
/** A candidate must be faster than the default by so much: what timing tells beyond chance. */
const MARGIN = 0.97;
/** After so long nothing more is tried: an adapter as slow as that gains nothing by it. */
const BUDGET_MS = 3000;

/** Failures of a race after which the device still works. */
const SURVIVED: ReadonlySet<string> = new Set(["gpu_failed", "gpu_out_of_memory"]);

/** Rows and leaves that are timed: a few milliseconds on a small GPU, all units of a large one. */
const ROWS = { hardware: 8192, software: 256 };
const LEAVES = { hardware: 4096, software: 64 };
const DEPTH = 256, COLUMNS = 1024, STEPS = 512;
/** Words of a row that is swept: those of a proof's. */
const SWEPT_WORDS = 4096;
const WORD_BYTES = 4;

/** The choices of this process by what its adapters say of themselves: each is timed once. */
const chosen = new Map<string, Promise<KernelChoice>>();

/**
 * The choice of kernels for a device. On a software adapter that of its kind: its speed is what the
 * machine's other work leaves, so that timing tells little. On a GPU that of a short race, once a
 * process: re-challenges shouldn't wait for it. Throws `device_lost`.
 */
export async function chooseKernels(gpu: Gpu): Promise<KernelChoice> {
  const { kind, vendor, architecture, device, description } = gpu.adapter;
  if (kind === "software") return DEFAULT_CHOICE.software;
  const name = JSON.stringify([vendor, architecture, device, description]);
  const known = chosen.get(name);
  if (known !== undefined) return await known;
  const choice = tuneKernels(gpu);
  chosen.set(name, choice);
  try {
    return await choice;
  } catch (error) {
    chosen.delete(name);
    throw error;
  }
}

/**
 * Times the candidates for each kernel on this device, some seconds in all, and takes the fastest; the
 * default of the adapter's kind where none is clearly faster, or where the driver refuses one. Throws
 * `device_lost`.
 */
export async function tuneKernels(
  gpu: Gpu,
  clock_ms: () => number = () => performance.now(),
): Promise<KernelChoice> {
  const start_ms = clock_ms();
  const isOver = () => clock_ms() - start_ms > BUDGET_MS;
  let choice = DEFAULT_CHOICE[gpu.adapter.kind];
  const race = async <Part extends keyof KernelChoice>(part: Part, make: MakeDispatch<Part>) => {
    if (isOver()) return;
    try {
      const fastest = await guarded(gpu, () => fastestOf(gpu, part, make, { clock_ms, isOver }));
      choice = { ...choice, [part]: fastest };
    } catch (error) {
      // A driver that refuses a candidate may still do with the default.
      if (error instanceof HorizonError && SURVIVED.has(error.code)) return;
      throw error;
    }
  };
  await race("matrix", matrixDispatch);
  await race("sha256", sha256Dispatch);
  await race("chain", chainDispatch);
  await race("sweep", sweepDispatch);
  return choice;
}

/** A dispatch of a part's kernel by a choice, over buffers of the scope. */
type MakeDispatch<Part extends keyof KernelChoice> = (
  gpu: Gpu,
  scope: BufferScope,
  choice: KernelChoice[Part],
) => Promise<PreparedDispatch>;

async function fastestOf<Part extends keyof KernelChoice>(
  gpu: Gpu,
  part: Part,
  make: MakeDispatch<Part>,
  { clock_ms, isOver }: { clock_ms: () => number; isOver: () => boolean },
): Promise<KernelChoice[Part]> {
  const scope = new BufferScope(gpu.device);
  const fallback = DEFAULT_CHOICE[gpu.adapter.kind][part];
  const timeOf = async (prepared: PreparedDispatch, repeats: number) => {
    const start_ms = clock_ms();
    submit(gpu.device, (e) => encodePass(e, Array.from({ length: repeats }, () => prepared)));
    await gpu.device.queue.onSubmittedWorkDone();
    return clock_ms() - start_ms;
  };
  try {
    const first = await make(gpu, scope, fallback);
    let repeats = 1;
    await timeOf(first, repeats);
    if (isOver()) return fallback;
    while (await timeOf(first, repeats) < TARGET_MS && repeats < MAX_REPEATS) repeats *= 2;
    const bestOf = async (prepared: PreparedDispatch) => {
      await timeOf(prepared, 1);
      const times_ms: number[] = [];
      for (let i = 0; i < ROUNDS; i++) times_ms.push(await timeOf(prepared, repeats));
      return Math.min(...times_ms);
    };
    let fastest = fallback;
    let best_ms = await bestOf(first) * MARGIN;
    for (const candidate of CANDIDATES[part]) {
      if (isOver()) break;
      const time_ms = await bestOf(await make(gpu, scope, candidate));
      if (time_ms >= best_ms) continue;
      [fastest, best_ms] = [candidate, time_ms];
    }
    return fastest;
  } finally {
    scope.destroy();
  }
}

async function matrixDispatch(
  gpu: Gpu,
  scope: BufferScope,
  choice: KernelChoice["matrix"],
): Promise<PreparedDispatch> {
  const { pipeline, rows, columns } = await compileMatrixKernel(gpu, choice);
  const count = ROWS[gpu.adapter.kind];
  const bindings = {
    0: scope.uniform([DEPTH, COLUMNS]),
    1: scope.storage(count * DEPTH * WORD_BYTES),
    2: scope.storage(DEPTH * COLUMNS * WORD_BYTES),
    3: scope.storage(count * COLUMNS * WORD_BYTES),
  };
  return prepare(gpu.device, pipeline, bindings, [COLUMNS / columns, count / rows]);
}

async function sha256Dispatch(
  gpu: Gpu,
  scope: BufferScope,
  choice: KernelChoice["sha256"],
): Promise<PreparedDispatch> {
  const { pipeline, per_group } = await compileSha256Kernel(gpu, choice);
  const count = ROWS[gpu.adapter.kind];
  const bindings = {
    0: scope.uniform([count, COLUMNS, 0, 0, 0]),
    1: scope.storage(count * SHA256_BYTES),
    2: scope.storage(count * COLUMNS * WORD_BYTES),
    3: scope.uniform(SHA256_ROUND_KEYS),
  };
  return prepare(gpu.device, pipeline, bindings, lineGrid(count, per_group));
}

async function chainDispatch(
  gpu: Gpu,
  scope: BufferScope,
  choice: KernelChoice["chain"],
): Promise<PreparedDispatch> {
  const { pipeline, per_group } = await compileChainKernel(gpu, choice);
  const count = LEAVES[gpu.adapter.kind];
  const bindings = {
    0: scope.uniform([1, 2, 3, 4, 0, count, 0, STEPS]),
    1: scope.storage(WORD_BYTES),
    2: scope.storage(count * LANES_PER_LEAF * WORD_BYTES),
  };
  return prepare(gpu.device, pipeline, bindings, lineGrid(count, per_group));
}

async function sweepDispatch(
  gpu: Gpu,
  scope: BufferScope,
  choice: KernelChoice["sweep"],
): Promise<PreparedDispatch> {
  const { pipeline, per_group } = await compileSweepKernel(gpu, choice);
  const count = ROWS[gpu.adapter.kind];
  const bindings = {
    0: scope.uniform([count, SWEPT_WORDS / 4]),
    1: scope.uniform([1, 2, 3, 4, 5, 6, 7, 8]),
    2: scope.storage(count * SWEPT_WORDS * WORD_BYTES),
    3: scope.storage(count * TAG_WORDS * WORD_BYTES),
  };
  return prepare(gpu.device, pipeline, bindings, lineGrid(count, per_group));
}
