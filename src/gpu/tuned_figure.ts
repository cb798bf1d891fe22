import { HorizonError } from "../base/errors.ts";
import { BufferScope } from "./buffers.ts";
import { type Gpu, guarded } from "./device.ts";
import { FLOPS_CHOICES, type FlopsChoice } from "./flops_kernel.ts";
import { type MeasurementPlan, measureRates, measureRoughly } from "./measurement.ts";
import { halfSpan, type MemorySpan, memorySpan, spanBytes } from "./memory_span.ts";
import { type Choices, firstOf, tune } from "./choice_search.ts";
import {
  flopsWorkloads,
  MEMORY_CHOICES,
  type MemoryChoice,
  memoryWorkloads,
  type WorkloadMaker,
} from "./workloads.ts";

/** A figure of the kernel that was the fastest on this adapter. */
export interface TunedRates<C> {
  /** Units a second of each repetition. */
  readonly rates: number[];
  readonly choice: C;
}

/** How to measure, and how long to try kernels before: 0 takes the first of them. */
export interface TuningPlan extends MeasurementPlan {
  readonly tuning_ms: number;
}

/** A trial is shorter than a repetition: it only has to tell kernels apart. */
const TRIAL_SHARE = 0.25;

/** Operations a second of multiply-adds in single or half precision. Throws a `gpu_…` code. */
export async function measureFlops(
  gpu: Gpu,
  plan: TuningPlan,
  precision: "f32" | "f16",
): Promise<TunedRates<FlopsChoice>> {
  const scope = new BufferScope(gpu.device);
  try {
    const make = await guarded(gpu, () => flopsWorkloads(gpu, scope, precision));
    return await measureTuned(gpu, plan, FLOPS_CHOICES, make);
  } finally {
    scope.destroy();
  }
}

/** Bytes a second of the GPU's own memory, and over how many bytes. Throws a `gpu_…` code. */
export async function measureMemory(
  gpu: Gpu,
  plan: TuningPlan,
): Promise<TunedRates<MemoryChoice> & { span_bytes: number }> {
  const first = memorySpan(gpu.adapter, gpu.device.limits.maxStorageBufferBindingSize);
  for (let span: MemorySpan | null = first; span !== null; span = halfSpan(span)) {
    const measured = await measureSpan(gpu, plan, span);
    if (measured !== null) return { ...measured, span_bytes: spanBytes(span) };
  }
  throw new HorizonError("gpu_out_of_memory", "The GPU has no memory left to measure", {
    fix: "End other programs that use the GPU.",
  });
}

/** Null where there is no room for the span. */
async function measureSpan(
  gpu: Gpu,
  plan: TuningPlan,
  span: MemorySpan,
): Promise<TunedRates<MemoryChoice> | null> {
  const scope = new BufferScope(gpu.device);
  try {
    const make = await guarded(gpu, () => memoryWorkloads(gpu, scope, span));
    return await measureTuned(gpu, plan, MEMORY_CHOICES, make);
  } catch (thrown) {
    if (thrown instanceof HorizonError && thrown.code === "gpu_out_of_memory") return null;
    throw thrown;
  } finally {
    scope.destroy();
  }
}

/** Tries the choices for as long as the plan says, then measures the best. */
async function measureTuned<C extends object>(
  gpu: Gpu,
  plan: TuningPlan,
  choices: Choices<C>,
  make: WorkloadMaker<C>,
): Promise<TunedRates<C>> {
  const choice = plan.tuning_ms === 0
    ? firstOf(choices)
    : await findFastest(gpu, plan, choices, make);
  const rates = await guarded(gpu, async () => measureRates(await make(choice), plan));
  return { rates, choice };
}

function findFastest<C extends object>(
  gpu: Gpu,
  plan: TuningPlan,
  choices: Choices<C>,
  make: WorkloadMaker<C>,
): Promise<C> {
  const end_ms = plan.clock_ms() + plan.tuning_ms;
  const trial = { ...plan, target_ms: plan.target_ms * TRIAL_SHARE };
  return tune<C>({
    choices,
    rate: (choice) => guarded(gpu, async () => measureRoughly(await make(choice), trial)),
    isTimeLeft: () => plan.clock_ms() < end_ms,
  });
}
