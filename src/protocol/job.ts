import * as z from "zod";
import { JsonValue } from "./json_value.ts";
import { MAX_AXES, NPY_DTYPES } from "../base/npy_header.ts";
import { LIMITS } from "./limits.ts";
import {
  ActorId,
  GpuId,
  JobId,
  LeaseId,
  Line,
  PriceMicrosPerHour,
  Sha256Hex,
  TimeMs,
} from "./text.ts";

/** A name inside a job: of an input, an output, a binding. It becomes a file name. */
export const JobName = z.string().max(64).regex(
  /^[A-Za-z0-9_][A-Za-z0-9._-]*$/,
  "letters, digits, '.', '_' and '-', not starting with '.' or '-'",
);

/** Names of the figures that a job reports while it runs, such as "loss". */
export const MetricNames = z.array(JobName).max(LIMITS.job_metrics)
  .refine((names) => new Set(names).size === names.length, "names one of them twice")
  .refine((names) => !names.includes("done"), '"done" is the share of the work that is done');

/** Bytes that a binding holds: from an input, or zeroed. */
export const WgslBinding = z.strictObject({
  group: z.int().min(0).max(3).default(0),
  binding: z.int().min(0).max(63),
  type: z.enum(["storage", "read-only-storage", "uniform"]).default("storage"),
  /** Name of the input whose bytes fill it. */
  input: JobName.optional(),
  /** Size in bytes, a multiple of 4; may be left out where an input gives it. */
  size_bytes: z.int().min(4).max(LIMITS.job_vram_max_mb * 1024 * 1024).multipleOf(4).optional(),
  /** Name of the output that its bytes become. */
  output: JobName.optional(),
  /** What the output's elements are, by which a replay is compared; u32, exactly, unless given. */
  dtype: z.enum(["u32", "i32", "f32", "f16"]).optional(),
});
export type WgslBinding = z.infer<typeof WgslBinding>;

const Groups = z.int().min(1).max(65_535);

/** What a job of kind `wgsl` runs. In a job file `shader` is a path; in a bundle it is the text. */
export const WgslPayload = z.strictObject({
  shader: z.string().min(1).max(LIMITS.job_file_bytes),
  entry: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/).max(64).default("main"),
  bindings: z.array(WgslBinding).min(1).max(LIMITS.job_bindings),
  dispatch: z.tuple([Groups, Groups, Groups]),
  repeat: z.int().min(1).max(1_000_000).default(1),
  /** After so many passes, at most once a second, all that the shader writes is kept. */
  checkpoint_every: z.int().min(1).max(1_000_000).optional(),
});
export type WgslPayload = z.infer<typeof WgslPayload>;

export const JobLimits = z.strictObject({
  time_s: z.int().min(1).max(LIMITS.job_time_max_s).default(600),
  memory_mb: z.int().min(64).max(LIMITS.job_memory_max_mb).default(1024),
  vram_mb: z.int().min(1).max(LIMITS.job_vram_max_mb).default(1024),
  output_mb: z.int().min(1).max(LIMITS.job_output_max_mb).default(64),
  /** The largest checkpoint; `checkpointMb` says what holds where nothing is given. */
  checkpoint_mb: z.int().min(1).max(LIMITS.job_checkpoint_max_mb).optional(),
});
export type JobLimits = z.infer<typeof JobLimits>;

export const JobRetry = z.strictObject({
  attempts: z.int().min(0).max(LIMITS.job_retry_attempts).default(0),
  on: z.array(z.enum(["lost", "failed"])).max(2).default(["lost"]),
});
export type JobRetry = z.infer<typeof JobRetry>;

export const JOB_KINDS = ["wgsl", "onnx", "module"] as const;
export const JobKind = z.enum(JOB_KINDS);
export type JobKind = z.infer<typeof JobKind>;

/** Higher runs first among the queued jobs of a lease. */
export const JobPriority = z.int().min(0).max(9);

/**
 * A GPU that may be rented for a job that has lost its own, where none that the renter leases will do:
 * the cheapest free one that the filter lets through.
 */
export const JobFailover = z.strictObject({
  where: z.string().min(1).max(LIMITS.filter_chars),
  max_price_micros_per_hour: PriceMicrosPerHour,
});
export type JobFailover = z.infer<typeof JobFailover>;

/** A blob that a bundle or a result names. */
export const NamedBlob = z.strictObject({
  sha256: Sha256Hex,
  size_bytes: z.int().min(0).max(LIMITS.blob_bytes),
});
export type NamedBlob = z.infer<typeof NamedBlob>;

/** Where a model runs: on the GPU, on the CPU by WebAssembly, or on the first of both that can. */
export const OnnxExecution = z.enum(["auto", "webgpu", "wasm"]);

const onnxSettings = {
  execution: OnnxExecution.default("auto"),
  /** Rows of the inputs at a time, along their first axis; all at once unless given. */
  batch: z.int().min(1).max(LIMITS.onnx_batch_rows).optional(),
};

const TensorName = z.string().min(1).max(LIMITS.name_chars);

/** What a job file says of a model's input or output. */
export const TensorSetting = z.strictObject({
  /** The model's own name of it, where that differs. */
  name: TensorName.optional(),
  /** Of an input that isn't `.npy`: what its elements are, and how many along each axis. */
  dtype: z.enum(NPY_DTYPES).optional(),
  shape: z.array(z.int().min(0).max(LIMITS.blob_bytes)).max(MAX_AXES).optional(),
});
export type TensorSetting = z.infer<typeof TensorSetting>;

/** What a module is called with beside its inputs: `args` as they are, `env` as texts by name. */
const moduleSettings = {
  args: JsonValue.optional(),
  env: z.record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/).max(64),
    z.string().max(LIMITS.text_chars),
  ).refine((env) => Object.keys(env).length <= LIMITS.job_env, `at most ${LIMITS.job_env} names`)
    .optional(),
};

const fileCommons = {
  version: z.literal(1),
  name: Line.min(1).max(LIMITS.name_chars),
  /** Name → path of a file beside the job file; a model's are `.npy`, `.json`, or raw elements. */
  inputs: z.record(JobName, z.string().min(1).max(LIMITS.text_chars)).default({}),
  /** Names of the outputs to fetch; each is made by a binding, or is a tensor of the model. */
  outputs: z.array(JobName).max(LIMITS.job_outputs).default([]),
  /** What it reports beside its progress. */
  metrics: MetricNames.default([]),
  limits: JobLimits.default(() => JobLimits.parse({})),
  retry: JobRetry.default(() => JobRetry.parse({})),
  max_price: z.string().max(32).optional(),
};

/** The job file of each kind, as its author writes it (DESIGN §6). Paths are relative to the file. */
export const JOB_FILES = {
  wgsl: z.strictObject({ kind: z.literal("wgsl"), ...fileCommons, wgsl: WgslPayload }),
  onnx: z.strictObject({
    kind: z.literal("onnx"),
    ...fileCommons,
    onnx: z.strictObject({
      /** Path of the model, an ONNX file with its weights inside. */
      model: z.string().min(1).max(LIMITS.text_chars),
      ...onnxSettings,
      tensors: z.record(JobName, TensorSetting).optional(),
    }),
  }),
  module: z.strictObject({
    kind: z.literal("module"),
    ...fileCommons,
    /** `source` is the path of one self-contained ES module: JavaScript. */
    module: z.strictObject({ source: z.string().min(1).max(LIMITS.text_chars) }),
    ...moduleSettings,
  }),
} as const satisfies Record<JobKind, z.ZodType>;

/** A job file of whatever kind, YAML or JSON. */
export const JobFile = z.discriminatedUnion("kind", [
  JOB_FILES.wgsl,
  JOB_FILES.onnx,
  JOB_FILES.module,
]);
export type JobFile = z.infer<typeof JobFile>;
export type WgslJobFile = Extract<JobFile, { kind: "wgsl" }>;

/** What a job of kind `onnx` runs, as a bundle has it: the model is a blob, each input `.npy`. */
export const OnnxPayload = z.strictObject({
  model: NamedBlob,
  ...onnxSettings,
  /** By an input's or output's name: the model's own name of it, where that differs. */
  tensors: z.record(JobName, z.strictObject({ name: TensorName })).optional(),
});
export type OnnxPayload = z.infer<typeof OnnxPayload>;

/** What a job of kind `module` runs, as a bundle has it: the source is a blob. */
export const ModulePayload = z.strictObject({
  source: NamedBlob.extend({ size_bytes: z.int().min(1).max(LIMITS.job_source_bytes) }),
});
export type ModulePayload = z.infer<typeof ModulePayload>;

const bundleCommons = {
  salt: Sha256Hex,
  name: Line.min(1).max(LIMITS.name_chars),
  inputs: z.record(JobName, NamedBlob),
  outputs: z.array(JobName).max(LIMITS.job_outputs),
  metrics: MetricNames.optional(),
};

/**
 * The private side-car of a submitted job: a blob, canonical JSON, named in the feed by its SHA-256.
 * The random salt keeps that hash from being guessed.
 */
export const JobBundle = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("wgsl"), ...bundleCommons, wgsl: WgslPayload }),
  z.strictObject({ kind: z.literal("onnx"), ...bundleCommons, onnx: OnnxPayload }),
  z.strictObject({
    kind: z.literal("module"),
    ...bundleCommons,
    module: ModulePayload,
    ...moduleSettings,
  }),
]);
export type JobBundle = z.infer<typeof JobBundle>;

/** What of a bundle runs. */
export type BundledProgram =
  | { kind: "wgsl"; wgsl: WgslPayload }
  | { kind: "onnx"; onnx: OnnxPayload }
  | {
    kind: "module";
    module: ModulePayload;
    args?: unknown;
    env?: Record<string, string> | undefined;
  };

/** The private side-car of a finished job, made by the provider. */
export const JobResult = z.strictObject({
  salt: Sha256Hex,
  outputs: z.record(JobName, NamedBlob),
  /** GPU wall time of the run by the provider's clock. */
  elapsed_ms: z.int().min(0),
  /** What a model ran on. */
  execution: z.enum(["webgpu", "wasm"]).optional(),
});
export type JobResult = z.infer<typeof JobResult>;

/** The private side-car of a checkpoint, made by the provider: what a further attempt goes on from. */
export const JobCheckpoint = z.strictObject({ salt: Sha256Hex, checkpoint: NamedBlob });
export type JobCheckpoint = z.infer<typeof JobCheckpoint>;

/** What the sides of a job said after running it again. */
export const JobStatement = z.strictObject({
  actor: ActorId,
  agrees: z.boolean(),
  /** Whether it ran again on the actor's own machine, or as a job on another GPU. */
  on: z.enum(["local", "gpu"]),
  gpu_id: GpuId.nullable(),
  at: TimeMs,
});
export type JobStatement = z.infer<typeof JobStatement>;

export const JOB_STATES = [
  "queued",
  "assigned",
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "lost",
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Whose fault an end is. */
export const Side = z.enum(["renter", "provider", "network"]);
export type Side = z.infer<typeof Side>;

/** A job as reads show it. */
export const JobView = z.strictObject({
  job_id: JobId,
  lease_id: LeaseId,
  gpu_id: GpuId,
  renter: ActorId,
  provider: ActorId,
  kind: JobKind,
  state: z.enum(JOB_STATES),
  /** Stable word for why it ended (`done`, `shader_error`, `time_limit`, `provider_offline`, …). */
  reason: Line.max(LIMITS.name_chars).nullable(),
  side: Side.nullable(),
  attempt: z.int().min(1),
  bundle: Sha256Hex,
  result: Sha256Hex.nullable(),
  limits: JobLimits,
  retry: JobRetry,
  priority: JobPriority.default(0),
  /** Absent for a job of a version that knew no failover; null where none is wanted. */
  failover: JobFailover.nullable().optional(),
  /** Hash of the manifest of its last checkpoint. */
  checkpoint: Sha256Hex.nullable().default(null),
  /** GPUs that an attempt failed on by their provider's fault: it never goes back to them. */
  failed_on: z.array(GpuId).max(LIMITS.job_retry_attempts + 1).default([]),
  statements: z.array(JobStatement).max(LIMITS.job_statements).default([]),
  submitted_at: TimeMs,
  started_at: TimeMs.nullable(),
  ended_at: TimeMs.nullable(),
});
export type JobView = z.infer<typeof JobView>;
