import { HorizonError } from "../base/errors.ts";
import type { WgslPayload } from "../protocol/job.ts";

/**
 * The compute pipeline of a shader. Throws `shader_error` with the compiler's message and line, also
 * for an entry point that isn't there or that the GPU can't run.
 */
export async function compile(
  device: GPUDevice,
  payload: WgslPayload,
): Promise<GPUComputePipeline> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: payload.shader });
  const [shaderError, info] = await Promise.all([
    device.popErrorScope(),
    module.getCompilationInfo(),
  ]);
  const first = info.messages.find((message) => message.type === "error");
  if (first !== undefined) {
    const { line, column } = placeOf(first);
    throw shaderFailure(`line ${line}, column ${column}: ${first.message.trim()}`, {
      line,
      column,
    });
  }
  if (shaderError !== null) throw shaderFailure(shaderError.message.trim());
  device.pushErrorScope("validation");
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module, entryPoint: payload.entry },
  });
  const pipelineError = await device.popErrorScope();
  if (pipelineError !== null) throw shaderFailure(pipelineError.message.trim());
  return pipeline;
}

/** Where an error is: as its text draws it ("wgsl:3:29"), since Deno gives some as line 1. */
function placeOf(message: GPUCompilationMessage): { line: number; column: number } {
  const drawn = /wgsl:(\d+):(\d+)/.exec(message.message);
  return drawn === null
    ? { line: message.lineNum, column: message.linePos }
    : { line: Number(drawn[1]), column: Number(drawn[2]) };
}

function shaderFailure(message: string, details: Record<string, unknown> = {}): HorizonError {
  return new HorizonError("shader_error", `The shader does not compile: ${message}`, { details });
}
