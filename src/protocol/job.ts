import * as z from "zod";
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
});
export type WgslPayload = z.infer<typeof WgslPayload>;

export const JobLimits = z.strictObject({
  time_s: z.int().min(1).max(LIMITS.job_time_max_s).default(600),
  memory_mb: z.int().min(64).max(LIMITS.job_memory_max_mb).default(1024),
  vram_mb: z.int().min(1).max(LIMITS.job_vram_max_mb).default(1024),
  output_mb: z.int().min(1).max(LIMITS.job_output_max_mb).default(64),
});
export type JobLimits = z.infer<typeof JobLimits>;

export const JobRetry = z.strictObject({
  attempts: z.int().min(0).max(LIMITS.job_retry_attempts).default(0),
  on: z.array(z.enum(["lost", "failed"])).max(2).default(["lost"]),
});
export type JobRetry = z.infer<typeof JobRetry>;

export const JOB_KINDS = ["wgsl"] as const;
export const JobKind = z.enum(JOB_KINDS);
export type JobKind = z.infer<typeof JobKind>;

/** A job file, YAML or JSON, as its author writes it (DESIGN §6). Paths are relative to the file. */
export const JobFile = z.strictObject({
  version: z.literal(1),
  name: Line.min(1).max(LIMITS.name_chars),
  kind: JobKind,
  wgsl: WgslPayload,
  /** Name → path of a file beside the job file. */
  inputs: z.record(JobName, z.string().min(1).max(LIMITS.text_chars)).default({}),
  /** Names of the outputs to fetch; each is named by a binding. */
  outputs: z.array(JobName).max(LIMITS.job_outputs).default([]),
  limits: JobLimits.default(() => JobLimits.parse({})),
  retry: JobRetry.default(() => JobRetry.parse({})),
  max_price: z.string().max(32).optional(),
});
export type JobFile = z.infer<typeof JobFile>;

/** A blob that a bundle or a result names. */
export const NamedBlob = z.strictObject({
  sha256: Sha256Hex,
  size_bytes: z.int().min(0).max(LIMITS.blob_bytes),
});
export type NamedBlob = z.infer<typeof NamedBlob>;

/**
 * The private side-car of a submitted job: a blob, canonical JSON, named in the feed by its SHA-256.
 * The random salt keeps that hash from being guessed.
 */
export const JobBundle = z.strictObject({
  salt: Sha256Hex,
  name: Line.min(1).max(LIMITS.name_chars),
  kind: JobKind,
  wgsl: WgslPayload,
  inputs: z.record(JobName, NamedBlob),
  outputs: z.array(JobName).max(LIMITS.job_outputs),
});
export type JobBundle = z.infer<typeof JobBundle>;

/** The private side-car of a finished job, made by the provider. */
export const JobResult = z.strictObject({
  salt: Sha256Hex,
  outputs: z.record(JobName, NamedBlob),
  /** GPU wall time of the run by the provider's clock. */
  elapsed_ms: z.int().min(0),
});
export type JobResult = z.infer<typeof JobResult>;

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
  submitted_at: TimeMs,
  started_at: TimeMs.nullable(),
  ended_at: TimeMs.nullable(),
});
export type JobView = z.infer<typeof JobView>;

/** A lease as reads show it. */
export const LeaseView = z.strictObject({
  lease_id: LeaseId,
  gpu_id: GpuId,
  renter: ActorId,
  owner: ActorId,
  price_micros_per_hour: PriceMicrosPerHour,
  duration_s: z.int().min(0),
  hold_micros: z.int().min(0),
  state: z.enum(["live", "ended"]),
  /** Why it ended: `expired`, `ended_by_renter`, `provider_offline`, `deregistered`. */
  reason: Line.max(LIMITS.name_chars).nullable(),
  started_at: TimeMs,
  ends_at: TimeMs,
  ended_at: TimeMs.nullable(),
  /** Metered seconds so far (live: up to the last event), without offline time. */
  metered_s: z.int().min(0),
  cost_micros: z.int().min(0),
});
export type LeaseView = z.infer<typeof LeaseView>;
