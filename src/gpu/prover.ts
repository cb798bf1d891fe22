import { SEED_BYTES } from "../proof/chacha8.ts";
import { type Challenge, checkChallenge } from "../proof/challenge.ts";
import type { Draw } from "../proof/draw.ts";
import { checkSize, type ProofSize } from "../proof/size.ts";
import { type Gpu, guarded } from "./device.ts";
import type { KernelChoice } from "./kernel_choice.ts";
import { compileProofKernels, type ProofKernels } from "./kernels.ts";
import { sliceRows } from "./matrix_stage.ts";
import { checkMemory, memoryBudget } from "./memory_budget.ts";
import { GpuProofSession } from "./proof_session.ts";
import { chooseKernels } from "./tuning.ts";

/** A proof that is being made: its stages in this order, each throws a `gpu_…` code. */
export interface ProofSession {
  /** C = A·B; its root. C stays on the GPU. */
  matrix(): Promise<Uint8Array<ArrayBuffer>>;
  /** The arithmetic chain under its key; its root. */
  chain(key: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** All sweeps over C, the first under this key and each later one under the root before it; the roots. */
  sweep(key: Uint8Array): Promise<Uint8Array<ArrayBuffer>[]>;
  /** The answer that opens what was drawn: the bytes of `encodeOpenings`. */
  open(draw: Draw): Promise<Uint8Array<ArrayBuffer>>;
  /** Frees the GPU's memory. */
  dispose(): void;
}

/** Answers challenges on one device, one at a time. */
export interface Prover {
  /** Makes room for a proof. Throws `invalid_challenge`, `gpu_out_of_memory` or another `gpu_…` code. */
  begin(challenge: Challenge, seed: Uint8Array): Promise<ProofSession>;
  /** The same without a challenge. */
  beginSize(size: ProofSize, seed: Uint8Array): Promise<ProofSession>;
}

/** How a prover is made; the adapter decides what is left out. */
export interface ProverOptions {
  readonly choice?: KernelChoice;
  /** Most bytes of a block of C. */
  readonly block_bytes?: number;
  /** Operations of a slice of the product. */
  readonly slice_operations?: number;
  /** Bytes of GPU memory that a proof may take. */
  readonly budget_bytes?: number;
}

/** Operations of a slice: a GPU's many units want a lot of it, a software adapter its caches' worth. */
export const SLICE_OPERATIONS = { hardware: 2 ** 37, software: 2 ** 31 };
/** A proof of next to nothing, which runs every kernel. */
const WARM_UP: ProofSize = { m: 256, k: 64, n: 512, lanes: 4096, steps: 1, sweeps: 1 };

/**
 * A prover whose kernels are compiled and have run once, so that the registry's clock sees neither the
 * compiler nor the driver's first touch.
 */
export async function createProver(gpu: Gpu, options: ProverOptions = {}): Promise<Prover> {
  const choice = options.choice ?? await chooseKernels(gpu);
  const kernels = await guarded(gpu, () => compileProofKernels(gpu, choice));
  const beginSize = (size: ProofSize, seed: Uint8Array) => begin(gpu, kernels, options, size, seed);
  await warmUp(await beginSize(WARM_UP, new Uint8Array(SEED_BYTES)));
  return {
    beginSize,
    begin: async (challenge, seed) => {
      checkChallenge(challenge);
      return await beginSize(challenge, seed);
    },
  };
}

async function begin(
  gpu: Gpu,
  kernels: ProofKernels,
  options: ProverOptions,
  size: ProofSize,
  seed: Uint8Array,
): Promise<ProofSession> {
  checkSize(size);
  const binding_bytes = gpu.device.limits.maxStorageBufferBindingSize;
  const { block_bytes = binding_bytes, budget_bytes = memoryBudget(gpu) } = options;
  const operations = options.slice_operations ?? SLICE_OPERATIONS[gpu.adapter.kind];
  const slice_rows = sliceRows(size, binding_bytes, operations);
  checkMemory(size, slice_rows, { budget_bytes, binding_bytes });
  let session: ProofSession | undefined;
  try {
    return await guarded(gpu, () => {
      const layout = { block_bytes, slice_rows };
      return Promise.resolve(session = new GpuProofSession(gpu, kernels, size, seed, layout));
    });
  } catch (error) {
    session?.dispose();
    throw error;
  }
}

async function warmUp(session: ProofSession): Promise<void> {
  try {
    const key = new Uint8Array(SEED_BYTES);
    await session.matrix();
    await session.chain(key);
    await session.sweep(key);
    await session.open({ rows: [0], lanes: [0], sweeps: [0] });
  } finally {
    session.dispose();
  }
}
