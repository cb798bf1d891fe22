import { keyWords, SEED_BYTES } from "../proof/chacha8.ts";
import memorySource from "./bench_memory.wgsl" with { type: "text" };
import { type BufferScope, readBack } from "./buffers.ts";
import type { Gpu } from "./device.ts";
import { type FlopsChoice, flopsKernel, flopsPerTurn } from "./flops_kernel.ts";
import { compile, dispatch } from "./kernels.ts";
import keystreamSource from "./keystream.wgsl" with { type: "text" };
import { encodeKeystream } from "./keystream.ts";
import { type MemorySpan, spanBytes } from "./memory_span.ts";

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
  software: { invocations: 1 << 12, transfer_bytes: 1 << 24 },
  hardware: { invocations: 1 << 20, transfer_bytes: 1 << 25 },
};
const VECTOR_BYTES = 16;
const MAX_LOOP_STEPS = 65_535;
const MAX_REPEATS = 4096;

/** How a memory kernel is written. */
export interface MemoryChoice {
  /** `blocks`: each workgroup takes a piece of its own; `stripes`: all walk side by side. */
  readonly walk: "blocks" | "stripes";
  /** A copy reads one half of the bytes and writes the other; a read reads them all. */
  readonly form: "copy" | "read";
  readonly workgroup: 64 | 128 | 256;
}

/** What is tried, beginning with the first of each. */
export const MEMORY_CHOICES = {
  walk: ["blocks", "stripes"],
  form: ["copy", "read"],
  workgroup: [64, 128, 256],
} as const satisfies { [Part in keyof MemoryChoice]: readonly MemoryChoice[Part][] };

/** Makes a workload as a choice says; what it works on is made once. */
export type WorkloadMaker<C> = (choice: C) => Promise<Workload>;

/** Multiply-adds in registers; the amount is turns of each invocation's loop. */
export async function flopsWorkloads(
  gpu: Gpu,
  scope: BufferScope,
  precision: "f32" | "f16",
): Promise<WorkloadMaker<FlopsChoice>> {
  const { invocations } = SIZES[gpu.adapter.kind];
  const input = await randomBuffer(gpu, scope, invocations * VECTOR_BYTES);
  const output = scope.storage(invocations * VECTOR_BYTES);
  return async (choice) => {
    const pipeline = await compile(gpu.device, flopsKernel(choice, precision));
    const groups = [invocations / choice.workgroup] as const;
    return {
      work_per_unit: invocations * flopsPerTurn(choice),
      max_amount: MAX_LOOP_STEPS,
      run: (turns) => {
        const bindings = { 0: scope.uniform([turns]), 1: input, 2: output };
        return submit(
          gpu,
          (encoder) => dispatch(gpu.device, encoder, pipeline, bindings, groups),
        );
      },
    };
  };
}

/** All bytes of a span, read or written once for each repetition. */
export async function memoryWorkloads(
  gpu: Gpu,
  scope: BufferScope,
  span: MemorySpan,
): Promise<WorkloadMaker<MemoryChoice>> {
  const { buffer_bytes, pairs } = span;
  const buffers: [source: GPUBuffer, other: GPUBuffer][] = [];
  for (let i = 0; i < pairs; i++) {
    const source = await randomBuffer(gpu, scope, buffer_bytes);
    buffers.push([source, await randomBuffer(gpu, scope, buffer_bytes)]);
  }
  const { invocations } = SIZES[gpu.adapter.kind];
  const params = scope.uniform([buffer_bytes / VECTOR_BYTES, invocations]);
  return async (choice) => {
    const pipeline = await compile(gpu.device, memoryKernel(choice));
    const layout = pipeline.getBindGroupLayout(0);
    const groups = buffers.map((pair) =>
      gpu.device.createBindGroup({
        layout,
        entries: [params, ...pair].map((buffer, binding) => ({ binding, resource: { buffer } })),
      })
    );
    return {
      work_per_unit: spanBytes(span),
      max_amount: MAX_REPEATS,
      run: (repeats) =>
        submit(gpu, (encoder) => {
          // One pass, bound before: on a fast GPU the encoding would take longer than the work.
          const pass = encoder.beginComputePass();
          pass.setPipeline(pipeline);
          for (let i = 0; i < repeats; i++) {
            for (const group of groups) {
              pass.setBindGroup(0, group);
              pass.dispatchWorkgroups(invocations / choice.workgroup);
            }
          }
          pass.end();
        }),
    };
  };
}

function memoryKernel({ walk, form, workgroup }: MemoryChoice): string {
  const variant = [
    `const WORKGROUP = ${workgroup}u;`,
    `const COPIES = ${form === "copy"};`,
    `const BLOCKS = ${walk === "blocks"};`,
  ];
  return `${variant.join("\n")}\n${memorySource}`;
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

const NOTHING_MUCH: MemoryChoice = { walk: "stripes", form: "copy", workgroup: 64 };

/** One workgroup that copies next to nothing: what remains is the way there and back. */
export async function latencyWorkload(gpu: Gpu, scope: BufferScope): Promise<Workload> {
  const pipeline = await compile(gpu.device, memoryKernel(NOTHING_MUCH));
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
