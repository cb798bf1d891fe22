import { HorizonError } from "../base/errors.ts";

/** The size of a product: A is m×k, B is k×n, all u32. */
export interface MatrixSize {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** The size of an arithmetic chain. */
export interface ChainSize {
  readonly lanes: number;
  /** Steps of each lane. */
  readonly steps: number;
}

/** The size of a whole proof: the product, the chain and the sweeps. */
export interface ProofSize extends MatrixSize, ChainSize {
  /** Passes over all rows of C. */
  readonly sweeps: number;
}

/** Lanes whose outputs are hashed together, as one leaf. */
export const LANES_PER_LEAF = 64;
/** Words of a leaf of the chain and of a row's tag. */
export const TAG_WORDS = 64;
/** Operations of a chain's step: or, multiply, add, shift, exclusive or. */
const OPERATIONS_PER_STEP = 5;
const WORD_BYTES = 4;

/**
 * What a proof may ask of an adapter, whoever asks: rows are whole tiles of every kernel, a lane is
 * cheap to execute again, C has at most 512 GiB, and no field overflows a u32.
 */
const BOUNDS: Readonly<Record<keyof ProofSize, readonly [min: number, max: number, of: number]>> = {
  m: [256, 2 ** 25, 256],
  k: [64, 8192, 64],
  n: [512, 4096, 512],
  lanes: [2 ** 12, 2 ** 27, LANES_PER_LEAF],
  steps: [1, 2 ** 15, 1],
  sweeps: [1, 256, 1],
};

/** A's keystream is addressed by 32-bit blocks of 16 words. */
export const MAX_WORDS_OF_A = 2 ** 36;

/** Refuses a size out of bounds, before any buffer is made for it. Throws `invalid_challenge`. */
export function checkSize(size: ProofSize): void {
  for (const field of ["m", "k", "n", "lanes", "steps", "sweeps"] as const) {
    const [min, max, of] = BOUNDS[field];
    const value = size[field];
    if (Number.isInteger(value) && value >= min && value <= max && value % of === 0) continue;
    throw new HorizonError(
      "invalid_challenge",
      `The challenge's ${field} is ${value}: it must be a multiple of ${of} from ${min} to ${max}`,
    );
  }
  if (size.m * size.k > MAX_WORDS_OF_A) {
    throw new HorizonError("invalid_challenge", "The challenge's matrix A is too large");
  }
}

/** Operations of the product: a multiplication and an addition for each of its m·k·n steps. */
export function operationsOf({ m, k, n }: MatrixSize): number {
  return 2 * m * k * n;
}

/** Operations of the chain, five a step. */
export function chainOperationsOf({ lanes, steps }: ChainSize): number {
  return OPERATIONS_PER_STEP * lanes * steps;
}

/** Bytes of C, which stay on the GPU until the proof is over. */
export function residentBytesOf({ m, n }: MatrixSize): number {
  return m * n * WORD_BYTES;
}

/** Bytes that all sweeps read. */
export function sweptBytesOf(size: ProofSize): number {
  return residentBytesOf(size) * size.sweeps;
}
