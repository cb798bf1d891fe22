import chainSource from "./chain.wgsl" with { type: "text" };
import type { Gpu } from "./device.ts";
import gatherSource from "./gather.wgsl" with { type: "text" };
import { DEFAULT_CHOICE, type KernelChoice } from "./kernel_choice.ts";
import keystreamSource from "./keystream.wgsl" with { type: "text" };
import tiledSource from "./matmul_tiled.wgsl" with { type: "text" };
import wideSource from "./matmul_wide.wgsl" with { type: "text" };
import sha256Source from "./sha256.wgsl" with { type: "text" };
import sweepSource from "./sweep.wgsl" with { type: "text" };

/** Invocations in a workgroup of the one-dimensional kernels that have no variants. */
const LINE = 64;
/** Most workgroups in one dimension of a dispatch. */
const MAX_GROUPS = 65_535;

/** A matrix kernel, and the block of C that one workgroup computes. */
export interface MatrixKernel {
  readonly pipeline: GPUComputePipeline;
  readonly rows: number;
  readonly columns: number;
}

/** A kernel, and how much of its line (rows, leaves) one workgroup takes. */
export interface LineKernel {
  readonly pipeline: GPUComputePipeline;
  readonly per_group: number;
}

/** The proof's kernels, compiled for one device. */
export interface ProofKernels {
  readonly keystream: GPUComputePipeline;
  readonly gather: GPUComputePipeline;
  readonly matrix: MatrixKernel;
  /** `per_group`: rows to hash. */
  readonly sha256: LineKernel;
  /** `per_group`: leaves of 64 lanes, or a part of one. */
  readonly chain: LineKernel;
  /** `per_group`: rows of C. */
  readonly sweep: LineKernel;
}

/** What is bound to a kernel, by binding number of group 0: a buffer, or a part of one. */
export type Bindings = Readonly<Record<number, GPUBuffer | GPUBufferBinding>>;

/** The number of workgroups of a dispatch. */
export type Groups = readonly [x: number, y?: number];

/** A dispatch with all that it is bound to; it can be encoded again and again. */
export interface PreparedDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly groups: Groups;
}

/** Compiles the proof's kernels as chosen, by default as suits the adapter's kind. */
export async function compileProofKernels(
  gpu: Gpu,
  choice: KernelChoice = DEFAULT_CHOICE[gpu.adapter.kind],
): Promise<ProofKernels> {
  const { device } = gpu;
  const [keystream, gather, matrix, sha256, chain, sweep] = await Promise.all([
    compile(device, keystreamSource),
    compile(device, gatherSource),
    compileMatrixKernel(gpu, choice.matrix),
    compileSha256Kernel(gpu, choice.sha256),
    compileChainKernel(gpu, choice.chain),
    compileSweepKernel(gpu, choice.sweep),
  ]);
  return { keystream, gather, matrix, sha256, chain, sweep };
}

/** The matrix kernel of that choice. */
export async function compileMatrixKernel(
  { device }: Gpu,
  choice: KernelChoice["matrix"],
): Promise<MatrixKernel> {
  if (choice.grid === null) {
    return { pipeline: await compile(device, wideSource), rows: 8, columns: 512 };
  }
  const tile = 8 * choice.grid;
  const code = `const GRID = ${choice.grid}u;\n${tiledSource}`;
  return { pipeline: await compile(device, code), rows: tile, columns: tile };
}

/** The kernel that hashes rows and pairs of hashes. */
export async function compileSha256Kernel(
  gpu: Gpu,
  { workgroup }: KernelChoice["sha256"],
): Promise<LineKernel> {
  const code = `const WORKGROUP = ${workgroup}u;\n${sha256Source}`;
  return { pipeline: await compile(gpu.device, code), per_group: workgroup };
}

/** The kernel of the ALU chain. */
export async function compileChainKernel(
  gpu: Gpu,
  { workgroup, width }: KernelChoice["chain"],
): Promise<LineKernel> {
  const variant = [
    `const WORKGROUP = ${workgroup}u;`,
    `const WIDTH = ${width}u;`,
    `alias lane_words = ${width === 1 ? "u32" : `vec${width}<u32>`};`,
    `const OFFSETS = lane_words(${["0u", "1u", "2u", "3u"].slice(0, width).join()});`,
  ];
  const code = `${variant.join("\n")}\n${chainSource}`;
  return { pipeline: await compile(gpu.device, code), per_group: workgroup * width / LINE };
}

/** The kernel of the memory sweep. */
export async function compileSweepKernel(
  gpu: Gpu,
  { rows }: KernelChoice["sweep"],
): Promise<LineKernel> {
  const code = `const ROWS = ${rows}u;\n${sweepSource}`;
  return { pipeline: await compile(gpu.device, code), per_group: rows };
}

/** A compute pipeline of WGSL text whose entry point is `main`. */
export function compile(device: GPUDevice, code: string): Promise<GPUComputePipeline> {
  const module = device.createShaderModule({ code });
  return device.createComputePipelineAsync({
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
}

/** Workgroups of a one-dimensional kernel of 64 invocations a group for that many invocations. */
export function lineGroups(invocations: number): number {
  return Math.ceil(invocations / LINE);
}

/**
 * Workgroups for a line of `count`, `per_group` each, folded into two dimensions where one is too
 * short. A kernel's index is then `id.y * num_workgroups.x * workgroup + id.x`.
 */
export function lineGrid(count: number, per_group = LINE): readonly [x: number, y: number] {
  const groups = Math.ceil(count / per_group);
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y];
}

/** A dispatch ready to be encoded, its buffers bound. */
export function prepare(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  bindings: Bindings,
  groups: Groups,
): PreparedDispatch {
  const entries = Object.entries(bindings).map(([binding, bound]) => ({
    binding: Number(binding),
    resource: "buffer" in bound ? bound : { buffer: bound },
  }));
  const layout = pipeline.getBindGroupLayout(0);
  return { pipeline, bindGroup: device.createBindGroup({ layout, entries }), groups };
}

/** Encodes dispatches, each of which sees what those before it wrote. */
export function encodePass(
  encoder: GPUCommandEncoder,
  dispatches: readonly PreparedDispatch[],
): void {
  const pass = encoder.beginComputePass();
  for (const { pipeline, bindGroup, groups } of dispatches) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...groups);
  }
  pass.end();
}

/** Encodes one dispatch, its buffers bound at the given binding numbers of group 0. */
export function dispatch(
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  pipeline: GPUComputePipeline,
  bindings: Bindings,
  groups: Groups,
): void {
  encodePass(encoder, [prepare(device, pipeline, bindings, groups)]);
}

/** Submits what a function encodes. */
export function submit(device: GPUDevice, encode: (encoder: GPUCommandEncoder) => void): void {
  const encoder = device.createCommandEncoder();
  encode(encoder);
  device.queue.submit([encoder.finish()]);
}
