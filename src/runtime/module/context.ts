import type { Checkpoints } from "../checkpoints.ts";
import type { ReceivedJob } from "../channel.ts";
import type { ModuleProgram, ProgressMessage } from "../messages.ts";
import type { Libraries } from "./libraries.ts";

/** Bytes as a module may hand them over. */
export type BytesLike = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/** What a module's default export is called with. */
export interface ModuleContext extends Libraries {
  /** The job's one device, and the adapter that it is of. */
  device: GPUDevice;
  adapter: GPUAdapter;
  inputs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  args: unknown;
  env: Readonly<Record<string, string>>;
  /** Writes lines to the job's log. */
  log(text: unknown): void;
  /**
   * Says which fraction is done, 0 to 1, and figures that the job file names under `metrics`. Throws
   * RangeError for another fraction, name, or a figure that isn't finite.
   */
  progress(fraction: number, metrics?: Readonly<Record<string, number>>): void;
  /** Hands over an output, once. Throws RangeError for one that the job file doesn't name. */
  output(name: string, bytes: BytesLike): void;
  /**
   * Keeps the state from which another attempt goes on; false where it was skipped, since the last
   * was under a second ago. Rejects with RangeError beyond `limits.checkpoint_mb`.
   */
  checkpoint(bytes: BytesLike): Promise<boolean>;
  /** The last checkpoint of an attempt before; null if the job starts anew. */
  resumed: Uint8Array<ArrayBuffer> | null;
}

/** Who is told what a module says. */
export interface ModuleListener {
  onLog(text: string): void;
  onProgress(progress: ProgressMessage): void;
  onOutput(name: string, bytes: Uint8Array<ArrayBuffer>): void;
}

/** What a module runs with: what came, what was loaded, and where its checkpoints go. */
export interface ModuleParts extends Libraries {
  device: GPUDevice;
  adapter: GPUAdapter;
  job: Pick<ReceivedJob, "message" | "inputs" | "resumed">;
  program: ModuleProgram;
  checkpoints: Checkpoints;
}

/** The context of one run. */
export function contextOf(parts: ModuleParts, listener: ModuleListener): ModuleContext {
  const { device, adapter, job, program, checkpoints, jax, ort } = parts;
  const { outputs, metrics } = job.message;
  const made = new Set<string>();
  return {
    device,
    adapter,
    inputs: job.inputs,
    args: program.args,
    env: program.env,
    jax,
    ort,
    resumed: job.resumed,
    log: (text) => listener.onLog(String(text)),
    progress: (fraction, figures = {}) =>
      listener.onProgress({ done: shareOf(fraction), total: 1, ...metricsOf(figures, metrics) }),
    output: (name, bytes) => {
      if (!outputs.includes(name)) throw undeclared("output", name, outputs);
      if (made.has(name)) throw new RangeError(`the output "${name}" was handed over before`);
      const copy = bytesOf(bytes, `the output "${name}"`);
      made.add(name);
      listener.onOutput(name, copy);
    },
    // What is thrown must reject: the caller awaits.
    checkpoint: (bytes) => Promise.try(() => checkpoints.take(bytesOf(bytes, "the checkpoint"))),
  };
}

function shareOf(fraction: unknown): number {
  if (typeof fraction === "number" && fraction >= 0 && fraction <= 1) return fraction;
  throw new RangeError(`progress is a fraction from 0 to 1, not ${String(fraction)}`);
}

/** The figures of a report, checked; nothing where there are none. */
function metricsOf(
  figures: Readonly<Record<string, unknown>>,
  declared: readonly string[],
): { metrics?: Record<string, number> } {
  const entries = Object.entries(figures).map(([name, value]) => {
    if (!declared.includes(name)) throw undeclared("metric", name, declared);
    if (typeof value === "number" && Number.isFinite(value)) return [name, value] as const;
    throw new RangeError(`the metric "${name}" is ${String(value)}, which is no finite number`);
  });
  return entries.length === 0 ? {} : { metrics: Object.fromEntries(entries) };
}

function undeclared(what: "output" | "metric", name: string, declared: readonly string[]) {
  const known = declared.length === 0 ? "none" : declared.join(", ");
  const given = String(name).slice(0, 64);
  return new RangeError(`the job file declares no ${what} "${given}" (${what}s: ${known})`);
}

/** A copy of the bytes. Throws TypeError for anything else. */
function bytesOf(value: unknown, what: string): Uint8Array<ArrayBuffer> {
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return copyOf(new Uint8Array(value));
  }
  if (ArrayBuffer.isView(value)) {
    return copyOf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  throw new TypeError(`${what} must be bytes: a Uint8Array, another typed array or an ArrayBuffer`);
}

function copyOf(view: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(view.length);
  bytes.set(view);
  return bytes;
}
