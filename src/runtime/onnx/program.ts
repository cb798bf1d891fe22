/** How a model of a job runs: what of the job's `onnx` part the runtime needs. */
export interface OnnxProgram {
  execution: "auto" | Execution;
  /** Inputs are cut along axis 0 into so many rows at a time, and outputs joined along it. */
  batch?: number | undefined;
  /** By the job's names: the model's, where they differ. */
  tensors?: Readonly<Record<string, { name?: string | undefined }>> | undefined;
}

/** What a model ran on: the GPU by WebGPU, or the CPU by WebAssembly. */
export type Execution = "webgpu" | "wasm";

/** The model's name of a job's input or output: as the job says, else its own without `.npy`. */
export function tensorName(program: OnnxProgram, jobName: string): string {
  const named = program.tensors;
  const given = named !== undefined && Object.hasOwn(named, jobName)
    ? named[jobName]?.name
    : undefined;
  return given ?? jobName.replace(/\.npy$/, "");
}
