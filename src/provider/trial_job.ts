import { type JailedJob, type JobOutcome, runJailed } from "./jail.ts";
import { Run, type RunOptions } from "./jail_run.ts";

/** What came of a job whose answer is known. */
export type Trial =
  | { readonly result: "right"; readonly elapsed_ms: number }
  | { readonly result: "no_gpu" }
  | { readonly result: "failed"; readonly why: string };

const WORDS = 64;
const LIMITS = { time_s: 30, memory_mb: 256, vram_mb: 64, output_mb: 1 };
/** y[i] = i² + 1, so that a buffer that nobody wrote isn't taken for a result. */
const SHADER = `@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  y[id.x] = id.x * id.x + 1u;
}`;

/**
 * Runs a small shader of our own as a renter's is run: on the GPU, inside the jail, without which it
 * fails. A GPU that answers without the jail alone is a failure: each job there would fail.
 */
export async function runTrialJob(options: RunOptions = {}): Promise<Trial> {
  const outcome = await runJailed(trialJob(), options);
  if (outcome.reason !== "no_adapter") return judge(outcome);
  const outside = await new Run(trialJob(), options, false).outcome();
  if (outside.state !== "succeeded") return { result: "no_gpu" };
  const why = "the GPU answers outside the jail, and not in it: its driver reads a file, or asks " +
    "the kernel for something, that the jail doesn't know";
  return { result: "failed", why };
}

function judge({ state, reason, message, stderr_tail, outputs, elapsed_ms }: JobOutcome): Trial {
  if (state !== "succeeded") {
    return { result: "failed", why: `${reason}: ${message} ${stderr_tail}`.trim() };
  }
  const bytes = outputs[0]?.bytes ?? new Uint8Array();
  const isRight = bytes.length === 4 * WORDS &&
    new Uint32Array(bytes.slice().buffer).every((word, i) => word === i * i + 1);
  return isRight
    ? { result: "right", elapsed_ms }
    : { result: "failed", why: "the job's output is wrong" };
}

function trialJob(): JailedJob {
  const wgsl = {
    shader: SHADER,
    entry: "main",
    bindings: [{
      group: 0,
      binding: 0,
      type: "storage" as const,
      size_bytes: 4 * WORDS,
      output: "y",
    }],
    dispatch: [1, 1, 1] satisfies [number, number, number],
    repeat: 1,
  };
  const program = { kind: "wgsl" as const, wgsl };
  return { program, inputs: new Map(), outputs: ["y"], limits: LIMITS };
}
