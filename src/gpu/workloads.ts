import { keyWords, SEED_BYTES } from "../proof/chacha8.ts";
import copySource from "./bench_copy.wgsl" with { type: "text" };
import flopsSource from "./bench_flops.wgsl" with { type: "text" };
import { type BufferScope, readBack } from "./buffers.ts";
import type { Gpu } from "./device.ts";
import { compile, dispatch, lineGroups } from "./kernels.ts";
import keystreamSource from "./keystream.wgsl" with { type: "text" };
import { encodeKeystream } from "./keystream.ts";

/** Work that can be made as long as a measurement needs. */
export interface Workload {
  /** What one unit of `amount` does: operations, or bytes moved. */
  readonly work_per_unit: number;
  /** llvmpipe stops any loop at 65,535 steps without a word; other amounts are bounded likewise. */
  readonly max_amount: number;
  /** Does it, and resolves when the GPU is done. */
  run(amount: number): Promise<void>;
}

/** Work items that keep an adapter of either kind busy. */
const SIZES = {
  software: { invocations: 1 << 12, copy_bytes: 1 << 25, transfer_bytes: 1 << 24 },
  hardware: { invocations: 1 << 20, copy_bytes: 1 << 27, transfer_bytes: 1 << 25 },
};
const VECTOR_BYTES = 16;
/** 8 chains × 4 lanes × (a multiplication and an addition), as in `bench_flops.wgsl`. */
const FLOPS_PER_STEP = 8 * 4 * 2;
const MAX_LOOP_STEPS = 65_535;
const MAX_REPEATS = 4096;
const F32_ALIAS = "alias real = f32;";
const F16_ALIAS = "alias real = f16;";

/** Multiply-adds in registers; the amount is loop steps of each invocation. */
export async function flopsWorkload(
  gpu: Gpu,
  scope: BufferScope,
  precision: "f32" | "f16",
): Promise<Workload> {
  const { invocations } = SIZES[gpu.adapter.kind];
  const half = "enable f16;\n" + flopsSource.replace(F32_ALIAS, F16_ALIAS);
  const pipeline = await compile(gpu.device, precision === "f32" ? flopsSource : half);
  const input = await randomBuffer(gpu, scope, invocations * VECTOR_BYTES);
  const output = scope.storage(invocations * VECTOR_BYTES);
  return {
    work_per_unit: invocations * FLOPS_PER_STEP,
    max_amount: MAX_LOOP_STEPS,
    run: (steps) => {
      const bindings = { 0: scope.uniform([steps]), 1: input, 2: output };
      return submit(
        gpu,
        (encoder) => dispatch(gpu.device, encoder, pipeline, bindings, [lineGroups(invocations)]),
      );
    },
  };
}

/** A copy within the GPU's memory, larger than its caches; both the read and the write count. */
export async function copyWorkload(gpu: Gpu, scope: BufferScope): Promise<Workload> {
  const { invocations, copy_bytes } = SIZES[gpu.adapter.kind];
  const pipeline = await compile(gpu.device, copySource);
  const params = scope.uniform([copy_bytes / VECTOR_BYTES, invocations]);
  const source = await randomBuffer(gpu, scope, copy_bytes);
  const bindings = { 0: params, 1: source, 2: scope.storage(copy_bytes) };
  return {
    work_per_unit: 2 * copy_bytes,
    max_amount: MAX_REPEATS,
    run: (repeats) =>
      submit(gpu, (encoder) => {
        for (let i = 0; i < repeats; i++) {
          dispatch(gpu.device, encoder, pipeline, bindings, [lineGroups(invocations)]);
        }
      }),
  };
}

/** Bytes from this process to the GPU. */
export function uploadWorkload(gpu: Gpu, scope: BufferScope): Workload {
  const { transfer_bytes } = SIZES[gpu.adapter.kind];
  const bytes = randomBytes(transfer_bytes);
  const target = scope.storage(transfer_bytes);
  return {
    work_per_unit: transfer_bytes,
    max_amount: MAX_REPEATS,
    run: async (repeats) => {
      for (let i = 0; i < repeats; i++) {
        gpu.device.queue.writeBuffer(target, 0, bytes);
        gpu.device.queue.submit([]);
      }
      await gpu.device.queue.onSubmittedWorkDone();
    },
  };
}

/** Bytes from the GPU to this process, through mapped buffers that are all in flight together. */
export async function downloadWorkload(gpu: Gpu, scope: BufferScope): Promise<Workload> {
  const { transfer_bytes } = SIZES[gpu.adapter.kind];
  const source = await randomBuffer(gpu, scope, transfer_bytes);
  const targets = Array.from({ length: 8 }, () => scope.readback(transfer_bytes));
  return {
    work_per_unit: transfer_bytes * targets.length,
    max_amount: MAX_REPEATS,
    run: async (repeats) => {
      for (let i = 0; i < repeats; i++) {
        const encoder = gpu.device.createCommandEncoder();
        for (const target of targets) {
          encoder.copyBufferToBuffer(source, 0, target, 0, transfer_bytes);
        }
        gpu.device.queue.submit([encoder.finish()]);
        await Promise.all(targets.map(readBack));
      }
    },
  };
}

/** One workgroup that copies next to nothing: what remains is the way there and back. */
export async function latencyWorkload(gpu: Gpu, scope: BufferScope): Promise<Workload> {
  const pipeline = await compile(gpu.device, copySource);
  const [source, copied] = [scope.storage(VECTOR_BYTES), scope.storage(VECTOR_BYTES)];
  const bindings = { 0: scope.uniform([1, 1]), 1: source, 2: copied };
  return {
    work_per_unit: 1,
    max_amount: 1,
    run: () => submit(gpu, (encoder) => dispatch(gpu.device, encoder, pipeline, bindings, [1])),
  };
}

/** Encodes, submits, and waits. */
async function submit(gpu: Gpu, encode: (encoder: GPUCommandEncoder) => void): Promise<void> {
  const encoder = gpu.device.createCommandEncoder();
  encode(encoder);
  gpu.device.queue.submit([encoder.finish()]);
  await gpu.device.queue.onSubmittedWorkDone();
}

/** A storage buffer of random words, made on the GPU by the keystream of a random key. */
async function randomBuffer(gpu: Gpu, scope: BufferScope, size_bytes: number): Promise<GPUBuffer> {
  const pipeline = await compile(gpu.device, keystreamSource);
  const buffer = scope.storage(size_bytes);
  const range = {
    key: keyWords(randomBytes(SEED_BYTES)),
    stream: 0,
    first_word: 0,
    words: size_bytes / 4,
  };
  await submit(
    gpu,
    (encoder) => encodeKeystream(gpu.device, encoder, pipeline, scope, buffer, range),
  );
  return buffer;
}

/** Random bytes; WebCrypto gives at most 64 KiB at a time. */
function randomBytes(size_bytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size_bytes);
  const QUOTA_BYTES = 65_536;
  for (let at = 0; at < size_bytes; at += QUOTA_BYTES) {
    crypto.getRandomValues(bytes.subarray(at, at + QUOTA_BYTES));
  }
  return bytes;
}
