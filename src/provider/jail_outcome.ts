import type { Side } from "../protocol/job.ts";
import type { Execution } from "../runtime/onnx/program.ts";

/** An output that the child sent, hashed here. */
export interface JobOutput {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  sha256: string;
}

/** How a job ended, in the provider's words: the child's are claims. */
export interface Ending {
  state: "succeeded" | "failed" | "cancelled";
  /** Stable word: `done`, `cancelled`, or one of REASONS. */
  reason: string;
  /** Whose fault it is; null where there is none. */
  side: Side | null;
  /** For people: the compiler's message, the limit that was met. */
  message: string;
}

/** What a run came to. */
export interface JobOutcome extends Ending {
  /** Those of a succeeded job, in the order in which they were wanted; else none. */
  outputs: JobOutput[];
  /** What a model ran on, as the child says; absent for other jobs. */
  execution?: Execution;
  /** From the job's first own step to its end, by the provider's clock; 0 if it never started. */
  elapsed_ms: number;
  /** The end of what the child wrote to stderr. */
  stderr_tail: string;
}

/** Whose fault each reason of a failed job is. */
export const REASONS = {
  shader_error: "renter",
  invalid_job: "renter",
  module_error: "renter",
  model_error: "renter",
  out_of_gpu_memory: "renter",
  // A shader that runs for long is by far the likeliest cause of a lost device.
  device_lost: "renter",
  time_limit: "renter",
  memory_limit: "renter",
  output_limit: "renter",
  checkpoint_limit: "renter",
  // Its log, its progress or its stderr is a flood that would cost the host.
  log_limit: "renter",
  // The child's messages are broken, forged, or lack an output.
  invalid_output: "renter",
  // It ended without an answer: crashed, or left.
  job_exited: "renter",
  jail_unavailable: "provider",
  no_adapter: "provider",
  job_not_started: "provider",
} as const satisfies Record<string, Side>;

export type Reason = keyof typeof REASONS;

/** Reasons that the child may give for itself, once the renter's part runs. */
export const CLAIMABLE: ReadonlySet<string> = new Set<Reason>([
  "shader_error",
  "invalid_job",
  "module_error",
  "model_error",
  "out_of_gpu_memory",
  "memory_limit",
  "checkpoint_limit",
  "device_lost",
]);

/** Reasons that the child may give before that, while nobody but us runs in it. */
export const CLAIMABLE_AT_START: ReadonlySet<string> = new Set<Reason>([
  "jail_unavailable",
  "no_adapter",
]);

/** The ending of a failed job. */
export function failedFor(reason: Reason, message: string): Ending {
  return { state: "failed", reason, side: REASONS[reason], message };
}
