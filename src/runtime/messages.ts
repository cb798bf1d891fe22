import type { JobLimits, WgslPayload } from "../protocol/job.ts";
import type { FrameLimits } from "./frames.ts";
import type { Execution, OnnxProgram } from "./onnx/program.ts";

/**
 * Types of frames, parent to child. Headers: JobMessage; Chunk; null; Chunk of the model or the
 * source; Chunk of what to resume from.
 */
export const TO_JOB = { job: 1, input: 2, start: 3, payload: 4, checkpoint: 5 } as const;

/** Types of frames, child to parent. Headers: StageMessage; text; ProgressMessage; Chunk; … */
export const FROM_JOB = {
  stage: 16,
  log: 17,
  progress: 18,
  output: 19,
  succeeded: 20,
  failed: 21,
  checkpoint: 22,
} as const;

/** Largest piece of an input or output in one frame. */
export const CHUNK_BYTES = 1024 * 1024;
/** The name of a checkpoint in its frames, which are those of a blob. */
export const CHECKPOINT = "checkpoint";
/** What the child reads: the job's header holds its shader. */
export const TO_JOB_LIMITS: FrameLimits = {
  header_bytes: 16 * 1024 * 1024,
  body_bytes: CHUNK_BYTES,
};
/** What the parent reads: the child is not to be trusted. */
export const FROM_JOB_LIMITS: FrameLimits = { header_bytes: 64 * 1024, body_bytes: CHUNK_BYTES };

/** What the renter's module is called with; its source is the payload "source". */
export interface ModuleProgram {
  args: unknown;
  env: Readonly<Record<string, string>>;
}

/** What runs, by kind. */
export type JobProgram =
  | { kind: "wgsl"; wgsl: WgslPayload }
  | { kind: "onnx"; onnx: OnnxProgram }
  | { kind: "module"; module: ModuleProgram };

/** The header of the `job` frame. */
export interface JobMessage {
  program: JobProgram;
  limits: JobLimits;
  /** Names of the outputs that the renter wants. */
  outputs: readonly string[];
  /** Names of the figures that it may report. */
  metrics: readonly string[];
}

/** The header of a frame with a piece of a blob; chunks of one name come in order. */
export interface Chunk {
  name: string;
  size_bytes: number;
  offset_bytes: number;
}

/**
 * How far the child is, and when by the machine's clock (milliseconds since the epoch). Up to
 * `locked` the child has run nothing of the renter's; after it, nothing that it says is believed.
 */
export interface StageMessage {
  stage: Stage;
  at_ms: number;
}

export const STAGES = [
  "jail_started",
  "jailed",
  "job_started",
  "adapter",
  "device",
  "received",
  // The kind's libraries are in memory.
  "loaded",
  "locked",
  "compiled",
  "dispatched",
  "read_back",
] as const;
export type Stage = (typeof STAGES)[number];

/** The header of a `succeeded` frame: what a model ran on, where it was one. */
export interface SucceededMessage {
  execution?: Execution;
}

/** The header of a `failed` frame. */
export interface FailedMessage {
  code: string;
  message: string;
}

/** The header of a `progress` frame: passes or steps done, of how many, and figures by name. */
export interface ProgressMessage {
  done: number;
  total: number;
  metrics?: Readonly<Record<string, number>>;
}

/** A named blob as the frames carry it: pieces of at most CHUNK_BYTES, at least one. */
export function* chunksOf(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Generator<{ header: Chunk; body: Uint8Array<ArrayBuffer> }> {
  let offset_bytes = 0;
  do {
    const body = bytes.subarray(offset_bytes, offset_bytes + CHUNK_BYTES);
    yield { header: { name, size_bytes: bytes.length, offset_bytes }, body };
    offset_bytes += body.length;
  } while (offset_bytes < bytes.length);
}
