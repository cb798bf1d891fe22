import { HorizonError } from "../base/errors.ts";
import { checkpointMb } from "./checkpoint_limit.ts";
import type { JobLimits, WgslBinding, WgslPayload } from "./job.ts";
import { LIMITS } from "./limits.ts";

/** What the rules look at: the job file and the bundle of a job both give it. */
export type JobShape = WgslShape | OnnxShape | ModuleShape;

interface ShapeCommons {
  /** Name → size of each input in bytes. */
  input_bytes: ReadonlyMap<string, number>;
  /** Size of the model, or of the module's source; none for a shader. */
  payload_bytes?: number | undefined;
  outputs: readonly string[];
  limits: JobLimits;
}

/** What a module makes of its inputs, only a run shows. */
interface ModuleShape extends ShapeCommons {
  kind: "module";
}

/** Of a model, no more can be said before it is loaded. */
interface OnnxShape extends ShapeCommons {
  kind: "onnx";
  onnx: { tensors?: Readonly<Record<string, unknown>> | undefined };
}

interface WgslShape extends ShapeCommons {
  kind: "wgsl";
  wgsl: WgslPayload;
}

const MIB = 1024 * 1024;

/** What the schema of a job can't say, of the kind that it is. Throws `invalid_job`. */
export function checkJobShape(shape: JobShape): void {
  const { input_bytes, payload_bytes = 0, outputs, limits } = shape;
  // A job, and its provider before it, holds all that it is sent.
  const sent_bytes = input_bytes.values().reduce((sum, size) => sum + size, payload_bytes);
  if (sent_bytes > limits.memory_mb * MIB) {
    const memory = `and limits.memory_mb is ${limits.memory_mb}`;
    throw refuse(`what it is sent has ${mib(sent_bytes)} MiB, ${memory}`);
  }
  if (input_bytes.size > LIMITS.job_inputs) {
    throw refuse(`it has ${input_bytes.size} inputs, and ${LIMITS.job_inputs} are the limit`);
  }
  if (new Set(outputs).size !== outputs.length) throw refuse("outputs names one of them twice");
  if (shape.kind === "wgsl") checkWgslShape(shape);
  else if (shape.kind === "onnx") checkOnnxShape(shape);
}

/** A model must be asked for something, and its `tensors` name only what the job has. */
function checkOnnxShape({ onnx, input_bytes, outputs }: OnnxShape): void {
  if (outputs.length === 0) throw refuse("outputs names no tensor of the model");
  for (const name of Object.keys(onnx.tensors ?? {})) {
    if (input_bytes.has(name) || outputs.includes(name)) continue;
    throw refuse(`onnx.tensors names "${name}", which is neither an input nor an output`);
  }
}

/**
 * Every binding gets its bytes from an input or has a size, every
 * input is used, every output is made by exactly one binding, and all of it fits the job's limits.
 * Throws `invalid_job`.
 */
function checkWgslShape(shape: WgslShape): void {
  const { wgsl, input_bytes, outputs, limits } = shape;
  const places = new Set<string>();
  let total_bytes = 0;
  let written_bytes = 0;
  for (const binding of wgsl.bindings) {
    const place = `group ${binding.group}, binding ${binding.binding}`;
    if (places.has(place)) throw refuse(`${place} is there twice`);
    places.add(place);
    if (binding.output !== undefined && binding.type !== "storage") {
      throw refuse(`${place} is ${binding.type}, so it can't be the output "${binding.output}"`);
    }
    if (binding.dtype !== undefined && binding.output === undefined) {
      throw refuse(`${place} has a dtype, which is that of an output, and makes none`);
    }
    const binding_bytes = bindingBytes(binding, place, input_bytes);
    total_bytes += binding_bytes;
    if (binding.type === "storage") written_bytes += binding_bytes;
  }
  const used = new Set(wgsl.bindings.map((binding) => binding.input));
  for (const name of input_bytes.keys()) {
    if (!used.has(name)) throw refuse(`no binding uses the input "${name}"`);
  }
  if (total_bytes > limits.vram_mb * MIB) {
    throw refuse(
      `its bindings need ${mib(total_bytes)} MiB, and limits.vram_mb is ${limits.vram_mb}`,
    );
  }
  if (wgsl.checkpoint_every !== undefined && written_bytes >= checkpointMb(limits) * MIB) {
    throw refuse(
      `a checkpoint needs ${mib(written_bytes + 1)} MiB, and limits.checkpoint_mb is ${
        checkpointMb(limits)
      }`,
    );
  }
  checkOutputs(wgsl.bindings, outputs, input_bytes, limits);
}

/** Size of a binding's buffer: its `size_bytes`, else its input's size. Throws `invalid_job`. */
function bindingBytes(
  binding: WgslBinding,
  place: string,
  input_bytes: ReadonlyMap<string, number>,
): number {
  const { input, size_bytes } = binding;
  if (input === undefined) {
    if (size_bytes !== undefined) return size_bytes;
    throw refuse(`${place} has neither an input nor size_bytes`);
  }
  const filled_bytes = input_bytes.get(input);
  if (filled_bytes === undefined) throw refuse(`${place} uses "${input}", which is not an input`);
  if (filled_bytes === 0) throw refuse(`the input "${input}" is empty`);
  if (filled_bytes % 4 !== 0) {
    throw refuse(`the input "${input}" has ${filled_bytes} bytes, which is no multiple of 4`);
  }
  if (size_bytes !== undefined && size_bytes < filled_bytes) {
    throw refuse(`the input "${input}" has ${filled_bytes} bytes, and ${place} only ${size_bytes}`);
  }
  return size_bytes ?? filled_bytes;
}

function checkOutputs(
  bindings: readonly WgslBinding[],
  outputs: readonly string[],
  input_bytes: ReadonlyMap<string, number>,
  limits: JobLimits,
): void {
  const wanted = new Set(outputs);
  const made = new Set<string>();
  let total_bytes = 0;
  for (const { output, size_bytes, input } of bindings) {
    if (output === undefined) continue;
    if (made.has(output)) throw refuse(`two bindings make the output "${output}"`);
    if (!wanted.has(output)) {
      throw refuse(`a binding makes the output "${output}", which outputs does not list`);
    }
    made.add(output);
    total_bytes += size_bytes ?? input_bytes.get(input ?? "") ?? 0;
  }
  for (const name of wanted) {
    if (!made.has(name)) throw refuse(`no binding makes the output "${name}"`);
  }
  if (total_bytes > limits.output_mb * MIB) {
    throw refuse(
      `its outputs are ${mib(total_bytes)} MiB, and limits.output_mb is ${limits.output_mb}`,
    );
  }
}

function mib(bytes: number): number {
  return Math.ceil(bytes / MIB);
}

function refuse(why: string): HorizonError {
  return new HorizonError("invalid_job", `The job does not fit together: ${why}.`);
}
