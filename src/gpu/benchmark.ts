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
import { measureFlops, measureMemory, type TuningPlan } from "./tuned_figure.ts";
import { downloadWorkload, latencyWorkload, uploadWorkload, type Workload } from "./workloads.ts";

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
  /**
   * Over how much memory, in 10⁶ bytes. At 1,000 it is more than any cache; on a small or a software
   * adapter it is less, and what the figure says of the memory with it.
   */
  readonly memory_span_mb: number;
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
/**
 * The part of a workload's share in which kernels are tried, where there are several. Not on a software
 * adapter, whose speed is what the machine's other work leaves: timing would tell little.
 */
const TUNING_SHARE = { hardware: 0.3, software: 0 };
const MEGA = 1e6, GIGA = 1e9;

/**
 * Measures the GPU: warm-up, 7 repetitions, median and p10/p90, random inputs, live outputs;
 * arithmetic and memory by the fastest of a few kernels. Each repetition is made long enough for the
 * clock, and the launch latency is taken off.
 * Throws a `gpu_…` code.
 */
export async function runBenchmark(gpu: Gpu, options: BenchmarkOptions = {}): Promise<Benchmark> {
  const { budget_ms = DEFAULT_BUDGET_MS, onFigure } = options;
  const clock_ms = options.clock_ms ?? (() => performance.now());
  const announce = (name: keyof Benchmark) => onFigure?.(name);
  announce("launch_latency_us");
  const latencies_ms = await guarded(gpu, () => measureLatencies(gpu, clock_ms));
  const share_ms = budget_ms / WORKLOADS;
  const tuning_ms = share_ms * TUNING_SHARE[gpu.adapter.kind];
  const plan: TuningPlan = {
    target_ms: (share_ms - tuning_ms) / (REPETITIONS + EXTRA_RUNS),
    tuning_ms,
    latency_ms: quantile(latencies_ms, 0.5),
    clock_ms,
  };
  const figure = (name: keyof Benchmark, unit: number, make: MakeWorkload) => {
    announce(name);
    return measureFigure(gpu, plan, unit, make);
  };
  announce("fp32_gflops");
  const fp32 = await measureFlops(gpu, plan, "f32");
  if (gpu.has_f16) announce("fp16_gflops");
  const fp16 = gpu.has_f16 ? await measureFlops(gpu, plan, "f16") : null;
  announce("memory_mb_per_s");
  const memory = await measureMemory(gpu, plan);
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
    fp32_gflops: spreadIn(GIGA, fp32.rates),
    fp16_gflops: fp16 === null ? null : spreadIn(GIGA, fp16.rates),
    memory_mb_per_s: spreadIn(MEGA, memory.rates),
    memory_span_mb: Math.floor(memory.span_bytes / MEGA),
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
      return spreadIn(unit, await measureRates(await make(scope), plan));
    } finally {
      scope.destroy();
    }
  });
}

/** The spread of rates, in units. */
function spreadIn(unit: number, rates: readonly number[]): Spread {
  return spreadOf(rates.map((rate) => rate / unit));
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
