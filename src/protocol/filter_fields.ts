import { GPU_STATUSES, type GpuView, VERDICTS } from "./gpu.ts";

interface Field<Kind extends string, Value> {
  kind: Kind;
  /** Null where the GPU has no such figure. */
  read(gpu: GpuView): Value | null;
}
/** `values` are the only ones of a text that has few. */
export type TextField = Field<"text", string> & { values?: readonly string[] };
/** A `price` is compared in micro-dollars and written in dollars. */
export type NumberField = Field<"number" | "price", number>;
export type FlagField = Field<"flag", boolean>;
/** What a field of the filter language holds, and where a GPU has it. */
export type FilterField = TextField | NumberField | FlagField;

/** The fields that `--where` and `--sort` know. Measured figures are medians, self-reported. */
export const FILTER_FIELDS: Readonly<Record<string, FilterField>> = {
  gpu_id: { kind: "text", read: (gpu) => gpu.gpu_id },
  type: { kind: "text", read: (gpu) => gpu.gpu_type },
  class: { kind: "text", read: (gpu) => gpu.verdict?.class ?? null },
  owner: { kind: "text", read: (gpu) => gpu.owner },
  vendor: { kind: "text", read: (gpu) => gpu.adapter.vendor },
  architecture: { kind: "text", read: (gpu) => gpu.adapter.architecture },
  status: { kind: "text", values: GPU_STATUSES, read: (gpu) => gpu.status },
  verdict: { kind: "text", values: VERDICTS, read: (gpu) => gpu.verdict?.verdict ?? null },
  online: { kind: "flag", read: (gpu) => gpu.online },
  available: { kind: "flag", read: (gpu) => gpu.available },
  home: { kind: "text", read: (gpu) => gpu.home },
  home_epoch: { kind: "number", read: (gpu) => gpu.home_epoch },
  price: { kind: "price", read: (gpu) => gpu.price_micros_per_hour },
  vram_gb: { kind: "number", read: (gpu) => gpu.vram_gb },
  proven_gops: { kind: "number", read: (gpu) => gpu.verdict?.figures.gops ?? null },
  fp32_gflops: { kind: "number", read: (gpu) => gpu.performance.fp32_gflops.median },
  fp16_gflops: { kind: "number", read: (gpu) => gpu.performance.fp16_gflops?.median ?? null },
  u32_gops: { kind: "number", read: (gpu) => gpu.performance.u32_gops.median },
  memory_gbps: { kind: "number", read: (gpu) => gpu.performance.memory_gbps.median },
  upload_gbps: { kind: "number", read: (gpu) => gpu.performance.upload_gbps.median },
  download_gbps: { kind: "number", read: (gpu) => gpu.performance.download_gbps.median },
  /** Null for a new GPU, which so satisfies nothing but `!=`. */
  reputation: { kind: "number", read: (gpu) => gpu.reputation?.score ?? null },
  launch_us: { kind: "number", read: (gpu) => gpu.performance.launch_us.median },
};
