import { HorizonError, messageOf } from "../base/errors.ts";
import type { JobLimits } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import { reportLog, reportProgress, sendOutput } from "./channel.ts";
import type { ModulePayload } from "./messages.ts";
import { capDeviceMemory } from "./vram_cap.ts";

/** What a module's default export is called with. */
export interface ModuleContext {
  device: GPUDevice;
  inputs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  args: unknown;
  log(text: string): void;
  progress(done: number, total: number): void;
  output(name: string, bytes: Uint8Array<ArrayBuffer>): void;
}

/**
 * Runs JavaScript of the renter's: imported as a `data:` module, the one form that a compiled binary
 * imports from memory. It holds a GPU device and no right at all; the process is its jail. Throws
 * `module_error` with what it threw, `memory_limit` where that was for want of memory.
 */
export async function runModule(
  device: GPUDevice,
  payload: ModulePayload,
  inputs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  limits: JobLimits,
): Promise<void> {
  const log = (text: string) => reportLog(text, LIMITS.job_log_line_chars);
  consoleTo(log);
  capDeviceMemory(limits.vram_mb);
  const context: ModuleContext = {
    device,
    inputs,
    args: payload.args,
    log: (text) => log(String(text)),
    progress: (done, total) => reportProgress({ done, total }),
    output: sendOutput,
  };
  try {
    const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(payload.source)}`;
    const module: { default?: unknown } = await import(url);
    if (typeof module.default !== "function") {
      throw new TypeError("the module exports no default function");
    }
    await module.default(context);
  } catch (error) {
    if (error instanceof HorizonError) throw error;
    if (error instanceof RangeError && error.message.includes("allocation failed")) {
      throw new HorizonError("memory_limit", `The module needed more memory: ${error.message}`);
    }
    throw new HorizonError("module_error", `The module failed: ${messageOf(error)}`);
  }
}

/** Sends what the module prints to the log: stdout carries frames. */
function consoleTo(log: (text: string) => void): void {
  const print = (...values: unknown[]) =>
    log(values.map((value) => typeof value === "string" ? value : Deno.inspect(value)).join(" "));
  for (const name of ["log", "info", "debug", "warn", "error"] as const) console[name] = print;
}
