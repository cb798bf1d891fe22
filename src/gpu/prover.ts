import { BLOCK_WORDS, SEED_BYTES } from "../proof/chacha8.ts";
import { type Challenge, checkChallenge } from "../proof/challenge.ts";
import { encodeOpenings } from "../proof/openings.ts";
import type { MatrixSize } from "../proof/profiles.ts";
import { type Gpu, guarded } from "./device.ts";
import { compileProofKernels, type ProofKernels } from "./kernels.ts";
import { ProofRun } from "./proof_run.ts";

/** A proof whose rows still lie on the GPU. */
export interface Commitment {
  /** The Merkle root over the rows of C: 32 bytes. */
  readonly root: Uint8Array<ArrayBuffer>;
  /** The answer that opens these rows, in their order: the bytes of `encodeOpenings`. */
  open(indices: readonly number[]): Promise<Uint8Array<ArrayBuffer>>;
  /** Frees the rows. */
  dispose(): void;
}

/** Answers challenges on one device. */
export interface Prover {
  /** Multiplies, hashes and commits. Throws `invalid_challenge` or a `gpu_…` code. */
  prove(challenge: Challenge, seed: Uint8Array): Promise<Commitment>;
  /** The same for any size that is a multiple of the kernel's block. Throws a `gpu_…` code. */
  commit(size: MatrixSize, seed: Uint8Array): Promise<Commitment>;
}

/**
 * A prover whose kernels are compiled and have run once, so that the registry's clock sees neither
 * the compiler nor the driver's first touch.
 */
export async function createProver(gpu: Gpu): Promise<Prover> {
  const kernels = await guarded(gpu, () => compileProofKernels(gpu));
  const commit = (size: MatrixSize, seed: Uint8Array) => commitTo(gpu, kernels, size, seed);
  const { rows, columns } = kernels.matrix;
  const warmUp = await commit({ m: rows, k: BLOCK_WORDS, n: columns }, new Uint8Array(SEED_BYTES));
  warmUp.dispose();
  return {
    commit,
    prove: (challenge, seed) => {
      checkChallenge(challenge);
      return commit(challenge, seed);
    },
  };
}

async function commitTo(
  gpu: Gpu,
  kernels: ProofKernels,
  size: MatrixSize,
  seed: Uint8Array,
): Promise<Commitment> {
  let run: ProofRun | undefined;
  try {
    const { proof, root } = await guarded(gpu, async () => {
      const proof = run = new ProofRun(gpu.device, kernels, size, seed);
      return { proof, root: await proof.commit() };
    });
    return {
      root,
      open: (indices) => guarded(gpu, async () => encodeOpenings(size, await proof.read(indices))),
      dispose: () => proof.destroy(),
    };
  } catch (error) {
    run?.destroy();
    throw error;
  }
}
