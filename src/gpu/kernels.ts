import type { Gpu } from "./device.ts";
import keystreamSource from "./keystream.wgsl" with { type: "text" };
import tiledSource from "./matmul_tiled.wgsl" with { type: "text" };
import wideSource from "./matmul_wide.wgsl" with { type: "text" };
import sha256Source from "./sha256.wgsl" with { type: "text" };

/** Invocations in a workgroup of the one-dimensional kernels. */
const LINE = 64;

/** A matrix kernel: the block of C that one workgroup computes, and how much one dispatch takes. */
export interface MatrixKernel {
  readonly pipeline: GPUComputePipeline;
  readonly rows: number;
  readonly columns: number;
  /**
   * Rows of C to a dispatch: enough to fill a GPU, few enough that no driver's watchdog takes the
   * dispatch for a hang, and that A's and C's slices fit a 128 MiB binding.
   */
  readonly slice_rows: number;
}

/** The proof's kernels, compiled for one device. */
export interface ProofKernels {
  readonly keystream: GPUComputePipeline;
  readonly matrix: MatrixKernel;
  readonly sha256: GPUComputePipeline;
}

/** Compiles the proof's kernels; the matrix kernel is the one for the adapter's kind. */
export async function compileProofKernels(gpu: Gpu): Promise<ProofKernels> {
  const [keystream, matrix, sha256] = await Promise.all([
    compile(gpu.device, keystreamSource),
    compileMatrixKernel(gpu, gpu.adapter.kind),
    compile(gpu.device, sha256Source),
  ]);
  return { keystream, matrix, sha256 };
}

/** The matrix kernel for a kind of adapter. */
export async function compileMatrixKernel(
  gpu: Gpu,
  kind: Gpu["adapter"]["kind"],
): Promise<MatrixKernel> {
  return kind === "software"
    ? { pipeline: await compile(gpu.device, wideSource), rows: 8, columns: 512, slice_rows: 256 }
    : {
      pipeline: await compile(gpu.device, tiledSource),
      rows: 128,
      columns: 128,
      slice_rows: 4096,
    };
}

/** A compute pipeline of WGSL text whose entry point is `main`. */
export function compile(device: GPUDevice, code: string): Promise<GPUComputePipeline> {
  const module = device.createShaderModule({ code });
  return device.createComputePipelineAsync({
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
}

/** Workgroups of a one-dimensional kernel for that many invocations. */
export function lineGroups(invocations: number): number {
  return Math.ceil(invocations / LINE);
}

/** Encodes one dispatch, its buffers bound at the given binding numbers of group 0. */
export function dispatch(
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  pipeline: GPUComputePipeline,
  buffers: Record<number, GPUBuffer>,
  groups: readonly [x: number, y?: number],
): void {
  const entries = Object.entries(buffers)
    .map(([binding, buffer]) => ({ binding: Number(binding), resource: { buffer } }));
  const layout = pipeline.getBindGroupLayout(0);
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(...groups);
  pass.end();
}
