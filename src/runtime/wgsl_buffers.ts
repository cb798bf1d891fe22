import { HorizonError } from "../base/errors.ts";
import type { WgslBinding } from "../protocol/job.ts";

/** A binding with the GPU memory behind it, and a copy to read where it is an output or kept. */
export interface BoundBuffer {
  binding: WgslBinding;
  buffer: GPUBuffer;
  readback: GPUBuffer | null;
}

const BYTES_PER_MB = 1024 * 1024;

/** The bytes of a job's inputs, by name. */
export type Inputs = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/**
 * The buffers of a job, zeroed, then filled from its inputs; those that `isRead` says have a copy to
 * read. Throws `out_of_gpu_memory` if they need more than the job may take or the GPU has,
 * `invalid_job` for a binding without a size.
 */
export async function createBuffers(
  device: GPUDevice,
  bindings: readonly WgslBinding[],
  inputs: Inputs,
  vram_mb: number,
  isRead: (binding: WgslBinding) => boolean,
): Promise<BoundBuffer[]> {
  const sizes = bindings.map((binding) => sizeOf(binding, inputs));
  const read_bytes = bindings.map((binding, i) => isRead(binding) ? sizes[i] ?? 0 : 0);
  refuseOversize(device, sizes, read_bytes, vram_mb * BYTES_PER_MB);
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  const buffers = bindings.map((binding, i) =>
    createBuffer(device, binding, sizes[i] ?? 0, isRead(binding))
  );
  const invalid = await device.popErrorScope();
  const exhausted = await device.popErrorScope();
  if (exhausted !== null) throw outOfMemory(`the GPU has no more: ${exhausted.message}`);
  if (invalid !== null) throw new HorizonError("invalid_job", `A buffer: ${invalid.message}`);
  for (const { binding, buffer } of buffers) {
    const bytes = binding.input === undefined ? undefined : inputs.get(binding.input);
    if (bytes !== undefined) device.queue.writeBuffer(buffer, 0, padded(bytes));
  }
  return buffers;
}

function refuseOversize(
  device: GPUDevice,
  sizes: readonly number[],
  read_bytes: readonly number[],
  vram_bytes: number,
): void {
  const largest = Math.max(0, ...sizes);
  if (largest > device.limits.maxBufferSize) {
    throw outOfMemory(
      `a buffer of ${largest} bytes, where the GPU takes ${device.limits.maxBufferSize}`,
    );
  }
  const total = [...sizes, ...read_bytes].reduce((sum, size) => sum + size, 0);
  if (total > vram_bytes) {
    throw outOfMemory(
      `its buffers take ${total} bytes, those that are read twice, of ${vram_bytes} allowed`,
    );
  }
}

function createBuffer(
  device: GPUDevice,
  binding: WgslBinding,
  size: number,
  isRead: boolean,
): BoundBuffer {
  const kind = binding.type === "uniform" ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE;
  const usage = kind | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffer = device.createBuffer({ size, usage });
  if (!isRead) return { binding, buffer, readback: null };
  const readUsage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  return { binding, buffer, readback: device.createBuffer({ size, usage: readUsage }) };
}

/** Encodes that each buffer's content is copied to where it can be read. */
export function encodeReadback(encoder: GPUCommandEncoder, buffers: readonly BoundBuffer[]): void {
  for (const { buffer, readback } of buffers) {
    if (readback !== null) encoder.copyBufferToBuffer(buffer, 0, readback, 0, buffer.size);
  }
}

/** The size that the binding names, else its input's, in whole words of 4 bytes. */
function sizeOf(
  binding: WgslBinding,
  inputs: Inputs,
): number {
  const input_bytes = binding.input === undefined ? 0 : inputs.get(binding.input)?.length ?? 0;
  const size = binding.size_bytes ?? Math.ceil(input_bytes / 4) * 4;
  const where = `@group(${binding.group}) @binding(${binding.binding})`;
  if (size === 0) {
    throw new HorizonError("invalid_job", `${where} has neither a size nor an input.`);
  }
  if (size < input_bytes) {
    throw new HorizonError("invalid_job", `${where} has ${size} bytes; its input ${input_bytes}.`);
  }
  return size;
}

/** Bytes in whole words, which is all that a queue writes. */
function padded(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length % 4 === 0) return bytes;
  const words = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  words.set(bytes);
  return words;
}

function outOfMemory(why: string): HorizonError {
  return new HorizonError("out_of_gpu_memory", `The job does not fit the GPU's memory: ${why}.`);
}
