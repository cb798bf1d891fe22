import { describeAdapter } from "../../src/gpu/adapter.ts";
import { BufferScope, readBack } from "../../src/gpu/buffers.ts";
import { type Gpu, guarded, openDevice } from "../../src/gpu/device.ts";
import { compile, compileMatrixKernel, dispatch } from "../../src/gpu/kernels.ts";
import plainSource from "../rivals/matmul_plain.wgsl" with { type: "text" };
import { type Figure, type Measured, paired } from "../figure.ts";

const ROUNDS = 5;
/** Edges of the square matrices: a fraction of a second for the slower kernel. */
const EDGE = { software: 512, hardware: 4096 };
/** Products a submission: a real GPU must not be measured by its launch latency. */
const REPEATS = { software: 1, hardware: 8 };

interface Kernel {
  readonly pipeline: GPUComputePipeline;
  readonly rows: number;
  readonly columns: number;
}

const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
const isSoftware = adapter === null || describeAdapter(adapter).kind === "software";

/** u32 G-operations a second of the proof's matrix kernel against a plain 16×16-tiled one; a real GPU is reported only. */
export const figure: Figure = {
  group: "proof",
  name: "u32 matrix kernel / a plain 16×16-tiled kernel",
  unit: "Gop/s",
  aim: isSoftware ? { op: ">=", value: 6 } : null,
  async measure() {
    if (adapter === null) return { skipped: "this machine has no GPU adapter" };
    const gpu = await openDevice(adapter);
    try {
      return await guarded(gpu, () => compare(gpu));
    } finally {
      gpu.destroy();
    }
  },
};

async function compare(gpu: Gpu): Promise<Measured> {
  const n = EDGE[gpu.adapter.kind];
  const scope = new BufferScope(gpu.device);
  const [a, b, c] = [scope.storage(4 * n * n), scope.storage(4 * n * n), scope.storage(4 * n * n)];
  for (const matrix of [a, b]) fillRandom(gpu, matrix);
  const bindings = { 0: scope.uniform([n, n]), 1: a, 2: b, 3: c };
  const ours = await compileMatrixKernel(gpu, gpu.adapter.kind);
  const plain = { pipeline: await compile(gpu.device, plainSource), rows: 16, columns: 16 };
  const speeds = await paired(
    ROUNDS,
    () => speed(gpu, ours, bindings, n),
    () => speed(gpu, plain, bindings, n),
  );
  await checkEqual(gpu, scope, [ours, plain], bindings, n);
  scope.destroy();
  const note = `on ${gpu.adapter.description}, matrices of ${n} × ${n}`;
  return { ...speeds, ratio: speeds.ours / speeds.against, note };
}

async function speed(
  gpu: Gpu,
  kernel: Kernel,
  bindings: Record<number, GPUBuffer>,
  n: number,
): Promise<number> {
  const repeats = REPEATS[gpu.adapter.kind];
  const start = performance.now();
  const encoder = gpu.device.createCommandEncoder();
  for (let i = 0; i < repeats; i++) {
    const groups = [n / kernel.columns, n / kernel.rows] as const;
    dispatch(gpu.device, encoder, kernel.pipeline, bindings, groups);
  }
  gpu.device.queue.submit([encoder.finish()]);
  await gpu.device.queue.onSubmittedWorkDone();
  return repeats * 2 * n ** 3 / 1e6 / (performance.now() - start);
}

/** Both kernels must give the same C, else their speeds mean nothing. */
async function checkEqual(
  gpu: Gpu,
  scope: BufferScope,
  kernels: readonly Kernel[],
  bindings: Record<number, GPUBuffer> & { 3: GPUBuffer },
  n: number,
): Promise<void> {
  const hashes: string[] = [];
  for (const kernel of kernels) {
    await speed(gpu, kernel, bindings, n);
    const target = scope.readback(4 * n * n);
    const encoder = gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(bindings[3], 0, target, 0, 4 * n * n);
    gpu.device.queue.submit([encoder.finish()]);
    const digest = await crypto.subtle.digest("SHA-256", await readBack(target));
    hashes.push(new Uint8Array(digest).toHex());
  }
  if (hashes[0] !== hashes[1]) throw new Error("the kernels disagree");
}

function fillRandom(gpu: Gpu, buffer: GPUBuffer): void {
  const QUOTA_BYTES = 65_536;
  for (let at = 0; at < buffer.size; at += QUOTA_BYTES) {
    const bytes = crypto.getRandomValues(new Uint8Array(Math.min(QUOTA_BYTES, buffer.size - at)));
    gpu.device.queue.writeBuffer(buffer, at, bytes);
  }
}
