import { BufferScope } from "./buffers.ts";
import { type Gpu, guarded } from "./device.ts";
import {
  EXTRA_RUNS,
  type MeasurementPlan,
  measureRates,
  quantile,
  REPETITIONS,
  type Spread,
  spreadOf,
} from "./measurement.ts";
import { createProver } from "./prover.ts";
import { measureSpeed } from "./speed.ts";
import {
  copyWorkload,
  downloadWorkload,
  flopsWorkload,
  latencyWorkload,
  uploadWorkload,
  type Workload,
} from "./workloads.ts";

/** What a GPU's owner reports of it; the proof says how much of it to believe. */
export interface Benchmark {
  readonly self_reported: true;
  readonly repetitions: number;
  /** The figure that a proof measures too, and by which a registry picks the challenge's size. */
  readonly u32_gops: number;
  readonly fp32_gflops: Spread;
  /** Null without `shader-f16`. */
  readonly fp16_gflops: Spread | null;
  /** Read and written bytes together. */
  readonly memory_mb_per_s: Spread;
  readonly upload_mb_per_s: Spread;
  readonly download_mb_per_s: Spread;
  /** From a submission of one empty step to its being known as done. */
  readonly launch_latency_us: Spread;
}

/** How to run the benchmark. */
export interface BenchmarkOptions {
  /** About how long all of it may take; compiling and a slow adapter's first steps come on top. */
  readonly budget_ms?: number;
  /** Called with the name of each figure before it is measured. */
  readonly onFigure?: (name: string) => void;
  readonly clock_ms?: () => number;
}

const DEFAULT_BUDGET_MS = 6000;
/** Workloads that share the budget. */
const WORKLOADS = 5;
const MEGA = 1e6, GIGA = 1e9;

/**
 * Measures the GPU: warm-up, 7 repetitions, median and p10/p90, random inputs, outputs that are
 * written. Each repetition is made long enough for the clock, and the launch latency is taken off.
 * Throws a `gpu_…` code.
 */
export async function runBenchmark(gpu: Gpu, options: BenchmarkOptions = {}): Promise<Benchmark> {
  const { budget_ms = DEFAULT_BUDGET_MS, onFigure } = options;
  const clock_ms = options.clock_ms ?? (() => performance.now());
  const announce = (name: keyof Benchmark) => onFigure?.(name);
  announce("launch_latency_us");
  const latencies_ms = await guarded(gpu, () => measureLatencies(gpu, clock_ms));
  const plan: MeasurementPlan = {
    target_ms: budget_ms / WORKLOADS / (REPETITIONS + EXTRA_RUNS),
    latency_ms: quantile(latencies_ms, 0.5),
    clock_ms,
  };
  const figure = (name: keyof Benchmark, unit: number, make: MakeWorkload) => {
    announce(name);
    return measureFigure(gpu, plan, unit, make);
  };
  const fp32_gflops = await figure("fp32_gflops", GIGA, (s) => flopsWorkload(gpu, s, "f32"));
  const fp16_gflops = gpu.has_f16
    ? await figure("fp16_gflops", GIGA, (s) => flopsWorkload(gpu, s, "f16"))
    : null;
  const memory_mb_per_s = await figure("memory_mb_per_s", MEGA, (s) => copyWorkload(gpu, s));
  const upload_mb_per_s = await figure("upload_mb_per_s", MEGA, (s) => uploadWorkload(gpu, s));
  const download_mb_per_s = await figure(
    "download_mb_per_s",
    MEGA,
    (s) => downloadWorkload(gpu, s),
  );
  announce("u32_gops");
  const { gops } = await measureSpeed(await createProver(gpu), clock_ms);
  return {
    self_reported: true,
    repetitions: REPETITIONS,
    u32_gops: gops,
    fp32_gflops,
    fp16_gflops,
    memory_mb_per_s,
    upload_mb_per_s,
    download_mb_per_s,
    launch_latency_us: spreadOf(latencies_ms.map((ms) => ms * 1000)),
  };
}

type MakeWorkload = (scope: BufferScope) => Workload | Promise<Workload>;

/** One figure: its workload made, measured in units of `unit` a second, and its buffers freed. */
function measureFigure(
  gpu: Gpu,
  plan: MeasurementPlan,
  unit: number,
  make: MakeWorkload,
): Promise<Spread> {
  return guarded(gpu, async () => {
    const scope = new BufferScope(gpu.device);
    try {
      const rates = await measureRates(await make(scope), plan);
      return spreadOf(rates.map((rate) => rate / unit));
    } finally {
      scope.destroy();
    }
  });
}

/** Milliseconds of each repetition of a submission that does next to nothing, after a warm-up. */
async function measureLatencies(gpu: Gpu, clock_ms: () => number): Promise<number[]> {
  const scope = new BufferScope(gpu.device);
  try {
    const workload = await latencyWorkload(gpu, scope);
    await workload.run(1);
    const times_ms: number[] = [];
    for (let i = 0; i < REPETITIONS; i++) {
      const start = clock_ms();
      await workload.run(1);
      times_ms.push(clock_ms() - start);
    }
    return times_ms;
  } finally {
    scope.destroy();
  }
}
