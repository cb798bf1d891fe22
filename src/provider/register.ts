import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import { openAdapter } from "../gpu/adapter.ts";
import { runBenchmark } from "../gpu/benchmark.ts";
import { type Gpu, openDevice } from "../gpu/device.ts";
import { createProver } from "../gpu/prover.ts";
import type { Judged } from "../protocol/challenge.ts";
import type { Moved } from "../protocol/intent.ts";
import type { AdapterInfo, GpuView, Performance } from "../protocol/gpu.ts";
import { adapterInfo } from "./adapter_info.ts";
import { claimOf } from "./gpu_type.ts";
import { offerKinds, safeKinds } from "./kinds.ts";
import { performanceOf } from "./performance.ts";
import { type OnStep, proveGpu } from "./prove.ts";
import { unproven } from "./unproven.ts";

/** What an owner asks for. */
export interface RegisterRequest {
  gpu_id: string;
  /** A type's name, or "auto". */
  gpu_type: string;
  price_micros_per_hour: number;
  vram_gb?: number;
  /** The home that it comes from. */
  moved?: Moved;
  /** About how long the benchmark may take. */
  benchmark_ms?: number;
}

/** What came of it; `judged.listed` says whether it is on the market. */
export interface Registered {
  gpu_type: string;
  vram_gb: number;
  adapter: AdapterInfo;
  performance: Performance;
  judged: Judged;
}

/**
 * Measures this machine's GPU, registers it and answers the registry's challenge. An own GPU of that
 * id that was never listed is replaced. Throws `gpu_exists` before anything else, `no_adapter`, a
 * `gpu_…` code, or what the registry refuses; a verdict that isn't listed is no error here.
 */
export async function registerGpu(
  client: Client,
  request: RegisterRequest,
  clock: Clock,
  onStep: OnStep,
): Promise<Registered> {
  const { gpu_id, gpu_type: given_type, price_micros_per_hour, vram_gb: given_vram_gb } = request;
  await checkFree(client, gpu_id);
  const gpu = await openDevice(await openAdapter());
  try {
    onStep(`found ${gpu.adapter.description || "an adapter"}`);
    const { gpu_type, vram_gb } = claimOf(given_type, given_vram_gb, gpu.adapter);
    const performance = await measure(gpu, request.benchmark_ms, clock, onStep);
    const adapter = adapterInfo(gpu.adapter);
    onStep(`registering ${gpu_id} as ${gpu_type}`);
    await client.submit("gpu.register", {
      gpu_id,
      gpu_type,
      vram_gb,
      price_micros_per_hour,
      adapter,
      performance,
      ...(request.moved === undefined ? {} : { moved: request.moved }),
    });
    await offerKinds(client, gpu_id, safeKinds());
    const judged = await proveGpu(client, await createProver(gpu), gpu_id, onStep)
      .catch((thrown) => {
        throw unproven(thrown, gpu_id);
      });
    return { gpu_type, vram_gb, adapter, performance, judged };
  } finally {
    gpu.destroy();
  }
}

/** Proves a GPU that is registered already. Throws as `registerGpu` does. */
export async function proveAgain(client: Client, gpu_id: string, onStep: OnStep): Promise<Judged> {
  const gpu = await openDevice(await openAdapter());
  try {
    return await proveGpu(client, await createProver(gpu), gpu_id, onStep);
  } finally {
    gpu.destroy();
  }
}

/** Throws `gpu_exists` for an id that is taken, but for the caller's own that is not on the market. */
export async function checkFree(client: Client, gpu_id: string): Promise<void> {
  const found = await registeredGpu(client, gpu_id);
  if (found === null) return;
  const isOwn = found.owner === client.actor;
  if (isOwn && found.status !== "listed") return;
  throw new HorizonError("gpu_exists", `The GPU id ${gpu_id} is taken.`, {
    fix: isOwn
      ? `It is your own: horizon gpu update changes its price, deregister-gpu ends its listing.`
      : "Choose another id.",
  });
}

/** The GPU of an id as its registry has it; null if it has none, or had it until it moved away. */
export async function registeredGpu(client: Client, gpu_id: string): Promise<GpuView | null> {
  try {
    return await client.gpu(gpu_id);
  } catch (thrown) {
    const isNone = thrown instanceof HorizonError &&
      (thrown.code === "gpu_not_found" || thrown.code === "gpu_moved");
    if (isNone) return null;
    throw thrown;
  }
}

async function measure(
  gpu: Gpu,
  budget_ms: number | undefined,
  clock: Clock,
  onStep: OnStep,
): Promise<Performance> {
  const benchmark = await runBenchmark(gpu, {
    onFigure: (name) => onStep(`measuring ${FIGURES[name] ?? name}`),
    clock_ms: () => clock.monotonic(),
    ...(budget_ms === undefined ? {} : { budget_ms }),
  });
  const { memory_span_mb } = benchmark;
  if (memory_span_mb < CACHES_MB) {
    onStep(`measured the memory over ${memory_span_mb} MB alone: caches may have helped`);
  }
  return performanceOf(benchmark, clock.now());
}

/** Beyond any cache of a GPU. */
const CACHES_MB = 512;

/** What each figure of the benchmark is called. */
const FIGURES: Readonly<Record<string, string>> = {
  launch_latency_us: "the launch latency",
  fp32_gflops: "fp32 arithmetic",
  fp16_gflops: "fp16 arithmetic",
  memory_mb_per_s: "the memory",
  upload_mb_per_s: "uploads",
  download_mb_per_s: "downloads",
  u32_gops: "u32 arithmetic",
};
