import { openAdapter } from "../../src/gpu/adapter.ts";
import { requestDevice } from "../../src/runtime/gpu_device.ts";
import { loadOnnx } from "../../src/runtime/onnx/load.ts";
import type { Execution } from "../../src/runtime/onnx/program.ts";
import { type OnnxRun, runOnnx } from "../../src/runtime/onnx/run.ts";
import type { ProgressMessage } from "../../src/runtime/messages.ts";

/** What a run came to. */
export interface Ran {
  execution: Execution;
  outputs: Map<string, Uint8Array<ArrayBuffer>>;
  progress: ProgressMessage[];
}

const loaded = await loadOnnx(await requestDevice(await openAdapter()));

/** Runs a model in this process, as the job's child does. */
export async function run(given: OnnxRun): Promise<Ran> {
  const outputs = new Map<string, Uint8Array<ArrayBuffer>>();
  const progress: ProgressMessage[] = [];
  const execution = await runOnnx(loaded, given, {
    onStage: () => {},
    onProgress: (message) => progress.push(message),
    onOutput: (name, bytes) => outputs.set(name, bytes),
  });
  return { execution, outputs, progress };
}

/** A file beside the tests. */
export function fixture(path: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(path, import.meta.url));
}
