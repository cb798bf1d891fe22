import type { InferenceSession, Tensor } from "onnxruntime-web/jspi";
import { decodeNpy, encodeNpy, type NpyArray } from "../../base/npy.ts";
import type { ProgressMessage, Stage } from "../messages.ts";
import type { Inputs } from "../wgsl_buffers.ts";
import { commonRows, joined, rowsOf } from "./batches.ts";
import { explained, modelError } from "./explain.ts";
import type { LoadedOnnx } from "./load.ts";
import { type Execution, type OnnxProgram, tensorName } from "./program.ts";
import { arrayOf, checkInput, tensorOf } from "./tensors.ts";

/** Who is told what a model comes to. */
export interface OnnxListener {
  onStage(stage: Stage): void;
  onProgress(progress: ProgressMessage): void;
  onOutput(name: string, bytes: Uint8Array<ArrayBuffer>): void;
}

/** What a model runs on: its bytes, the job's inputs (`.npy`) and the outputs that are wanted. */
export interface OnnxRun {
  model: Uint8Array<ArrayBuffer>;
  program: OnnxProgram;
  inputs: Inputs;
  outputs: readonly string[];
}

/**
 * Runs a model and says what it ran on: with `auto` on the GPU, and on the CPU where the GPU can't.
 * Outputs are `.npy`. Throws `model_error` for a model that can't run or doesn't fit its inputs,
 * `invalid_job` for inputs that are no `.npy`.
 */
export async function runOnnx(
  loaded: LoadedOnnx,
  run: OnnxRun,
  listener: OnnxListener,
): Promise<Execution> {
  const arrays = new Map(
    [...run.inputs].map(([name, bytes]) => [name, decodeNpy(bytes, `The input "${name}"`)]),
  );
  const { execution } = run.program;
  if (execution !== "auto") {
    await runOn(execution, loaded, run, arrays, listener);
    return execution;
  }
  try {
    await runOn("webgpu", loaded, run, arrays, listener);
    return "webgpu";
  } catch {
    // What is wrong with the model itself, the CPU says as well, and in clearer words.
    await runOn("wasm", loaded, run, arrays, listener);
    return "wasm";
  }
}

async function runOn(
  execution: Execution,
  { ort }: LoadedOnnx,
  run: OnnxRun,
  arrays: ReadonlyMap<string, NpyArray>,
  listener: OnnxListener,
): Promise<void> {
  let doing = "it was loaded";
  try {
    const session = await ort.InferenceSession.create(run.model, {
      executionProviders: [execution],
    });
    try {
      listener.onStage("compiled");
      doing = "it ran";
      const parts = await runBatches({ ort }, session, run, arrays, listener);
      listener.onStage("dispatched");
      const files = run.outputs.map((name) =>
        [name, encodeNpy(joined(parts.get(name) ?? [], name))] as const
      );
      listener.onStage("read_back");
      for (const [name, file] of files) listener.onOutput(name, file);
    } finally {
      await session.release();
    }
  } catch (error) {
    throw explained(error, doing);
  }
}

/** The parts of each output, a batch after the other. */
async function runBatches(
  { ort }: LoadedOnnx,
  session: InferenceSession,
  { program, outputs }: OnnxRun,
  arrays: ReadonlyMap<string, NpyArray>,
  listener: OnnxListener,
): Promise<Map<string, NpyArray[]>> {
  const wanted = modelInputs(session, program, [...arrays.keys()]);
  const fetches = modelOutputs(session, program, outputs);
  const rows = program.batch === undefined ? 1 : commonRows(arrays);
  const step = program.batch ?? 1;
  const parts = new Map(outputs.map((name) => [name, new Array<NpyArray>()]));
  for (let start = 0; start < rows; start += step) {
    const end = Math.min(rows, start + step);
    const feeds: Record<string, Tensor> = {};
    for (const [name, whole] of arrays) {
      const array = program.batch === undefined ? whole : rowsOf(whole, start, end);
      const input = wanted.get(name);
      if (input === undefined) continue;
      checkInput(array, input, name);
      feeds[input.name] = tensorOf(ort, array);
    }
    const results = await session.run(feeds, [...new Set(fetches.values())]);
    for (const [name, fetch] of fetches) {
      const tensor = results[fetch];
      if (tensor === undefined) throw modelError(`The model made no output "${fetch}".`);
      parts.get(name)?.push(arrayOf(tensor, fetch));
    }
    listener.onProgress({ done: end, total: rows });
  }
  return parts;
}

/** The model's input of each of the job's. Throws `model_error` for one too many or missing. */
function modelInputs(
  session: InferenceSession,
  program: OnnxProgram,
  names: readonly string[],
): Map<string, InferenceSession.ValueMetadata> {
  const byName = new Map(session.inputMetadata.map((input) => [input.name, input]));
  const found = new Map(names.map((name) => {
    const input = byName.get(tensorName(program, name));
    if (input === undefined) throw unknownTensor("input", name, program, session.inputNames);
    return [name, input];
  }));
  const given = new Set([...found.values()].map(({ name }) => name));
  const missing = session.inputNames.filter((name) => !given.has(name));
  if (missing.length > 0) {
    throw modelError(
      `The model needs ${quoted(missing)}, which the job doesn't give.`,
      "Name each of the model's inputs under inputs, or map it under tensors.",
    );
  }
  return found;
}

/** The model's output of each of the job's. Throws `model_error` for one that it doesn't have. */
function modelOutputs(
  session: InferenceSession,
  program: OnnxProgram,
  names: readonly string[],
): Map<string, string> {
  return new Map(names.map((name) => {
    const output = tensorName(program, name);
    if (!session.outputNames.includes(output)) {
      throw unknownTensor("output", name, program, session.outputNames);
    }
    return [name, output];
  }));
}

function unknownTensor(
  kind: "input" | "output",
  name: string,
  program: OnnxProgram,
  known: readonly string[],
): Error {
  const wanted = tensorName(program, name);
  return modelError(
    `The job's ${kind} "${name}" is the model's "${wanted}", but the model has ${quoted(known)}.`,
    `Map it under tensors: ${name}: {name: "${known[0] ?? wanted}"}.`,
  );
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
