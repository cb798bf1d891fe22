import {
  chainOperationsOf,
  type ChainSize,
  type MatrixSize,
  MAX_WORDS_OF_A,
  operationsOf,
  type ProofSize,
  residentBytesOf,
} from "./size.ts";

/** What an adapter should reach, by its class or by its owner's own measurement. */
export interface ExpectedSpeeds {
  /** u32 G-operations a second of the product. */
  readonly gops: number;
  /** u32 G-operations a second of the chain. */
  readonly chain_gops: number;
  readonly memory_mb_per_s: number;
  /** The memory that is claimed; 0 if none is. */
  readonly vram_gb: number;
}

/** The timed part is at least so many times as long as what the network may add to it. */
const OVERHEAD_SHARE = 20;
/** What a request may take beyond the round trip. */
const JITTER_MS = 50;
/** Longest round trip that the timed part is stretched for: it stays at a few seconds. */
const MAX_ROUND_TRIP_MS = 200;
/** Shares of the timed part. */
const MATRIX_SHARE = 0.5, CHAIN_SHARE = 0.25, SWEEP_SHARE = 0.25;
/** Longest product, at the expected speed: with little arithmetic for much memory, less is swept. */
const MAX_MATRIX_MS = 6000;

const ROW_WORDS = 4096;
const ROW_BYTES = 4 * ROW_WORDS;
const ROWS_STEP = 256;
const MIN_ROWS = 512, MAX_ROWS = 2 ** 25;
/** From 512 operations a byte to make a row again, to what a CPU still checks in a quarter second. */
const MIN_DEPTH = 1024, MAX_DEPTH = 8192;
/** A sweep is at least so many times as fast as making its rows again, at the expected speeds. */
const SWEEP_MARGIN = 16;
/** The share of a claimed memory that is filled: a display, the driver and the trees want some. */
export const FILLED_SHARE = 0.9;
/** What is filled at most where no memory is claimed. */
const UNCLAIMED_BYTES = 2 ** 30;
const BYTES_PER_GB = 1e9, MB_PER_GB = 1000;

const MIN_LANES = 2 ** 14, FULL_LANES = 2 ** 20, MAX_LANES = 2 ** 27;
const MIN_STEPS = 64, MAX_STEPS = 2 ** 15;
const MAX_SWEEPS = 256, MIN_SWEEPS = 2;

/**
 * The size of a proof for an adapter of these speeds, so that its timed part lasts at least
 * 20 × (round trip + 50 ms) and at most a few seconds: half of it the product, a quarter each the
 * chain and the sweeps, which make up what the others lack; where the sweeps are as many as there may
 * be (little memory, much bandwidth), a longer chain does. The speeds are the claim's: one too low
 * makes the overhead weigh more, and so the figures lower; one too high makes the provider miss its
 * deadline.
 */
export function planProof(expected: ExpectedSpeeds, round_trip_ms: number): ProofSize {
  const timed_ms = OVERHEAD_SHARE * (Math.min(round_trip_ms, MAX_ROUND_TRIP_MS) + JITTER_MS);
  const matrix = planMatrix(expected, timed_ms * MATRIX_SHARE);
  const matrix_ms = expectedMs(operationsOf(matrix), expected.gops);
  const pass_ms = expectedMs(residentBytesOf(matrix), expected.memory_mb_per_s / 1000);
  const left_ms = timed_ms - matrix_ms - MAX_SWEEPS * pass_ms;
  const chain = planChain(expected.chain_gops, Math.max(timed_ms * CHAIN_SHARE, left_ms));
  const chain_ms = expectedMs(chainOperationsOf(chain), expected.chain_gops);
  const sweep_ms = Math.max(timed_ms * SWEEP_SHARE, timed_ms - matrix_ms - chain_ms);
  const sweeps = clamp(Math.ceil(sweep_ms / pass_ms), MIN_SWEEPS, MAX_SWEEPS);
  return { ...matrix, ...chain, sweeps };
}

/**
 * True if a proof of that size fills the claimed memory; false where the product would have taken too
 * long, or where none is claimed.
 */
export function fillsMemory(size: MatrixSize, vram_gb: number): boolean {
  return vram_gb > 0 && residentBytesOf(size) >= (filledRows(vram_gb) - ROWS_STEP) * ROW_BYTES;
}

/** What a stage of that many operations or bytes takes at a rate a second in units of 10⁹. */
export function expectedMs(amount: number, rate_g: number): number {
  return amount / 1e6 / Math.max(rate_g, Number.MIN_VALUE);
}

function planMatrix(expected: ExpectedSpeeds, target_ms: number): MatrixSize {
  const { gops, vram_gb, memory_mb_per_s } = expected;
  const rowsIn = (ms: number) => gops * 1e6 * ms / (2 * MIN_DEPTH * ROW_WORDS);
  const wanted = vram_gb > 0
    ? Math.min(filledRows(vram_gb), rowsIn(MAX_MATRIX_MS))
    : Math.min(UNCLAIMED_BYTES / ROW_BYTES, rowsIn(target_ms));
  const m = clamp(Math.floor(wanted / ROWS_STEP) * ROWS_STEP, MIN_ROWS, MAX_ROWS);
  let size = { m, k: MIN_DEPTH, n: ROW_WORDS };
  // Rows cost k/2 operations a byte.
  const needed = SWEEP_MARGIN * 2 * gops * MB_PER_GB / Math.max(memory_mb_per_s, 1);
  const isShallow = () => size.k < needed || expectedMs(operationsOf(size), gops) < target_ms;
  while (2 * size.k <= Math.min(MAX_DEPTH, MAX_WORDS_OF_A / m) && isShallow()) {
    size = { ...size, k: 2 * size.k };
  }
  return size;
}

function filledRows(vram_gb: number): number {
  return Math.floor(FILLED_SHARE * vram_gb * BYTES_PER_GB / ROW_BYTES);
}

/** 2²⁰ lanes, more where a lane would have too many steps, fewer where it would have next to none. */
function planChain(chain_gops: number, target_ms: number): ChainSize {
  const total = chain_gops * 1e6 * target_ms / chainOperationsOf({ lanes: 1, steps: 1 });
  let lanes = FULL_LANES;
  while (lanes < MAX_LANES && total / lanes > MAX_STEPS) lanes *= 2;
  while (lanes > MIN_LANES && total / lanes < MIN_STEPS) lanes /= 2;
  return { lanes, steps: clamp(Math.ceil(total / lanes), MIN_STEPS, MAX_STEPS) };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
