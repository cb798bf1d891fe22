import {
  chainOperationsOf,
  type ChainSize,
  type MatrixSize,
  operationsOf,
  residentBytesOf,
} from "./size.ts";
import type { ProofFigures } from "./verdict.ts";

/** A proof's size, as far as it went: a product alone, or with a chain, or with sweeps too. */
export interface MeasuredSize extends MatrixSize, Partial<ChainSize> {
  readonly sweeps?: number;
}

/** Milliseconds of what is measured beside the product, by the registry's monotonic clock. */
export interface LaterTimes {
  readonly chain_ms?: number;
  readonly sweep_ms?: number;
  readonly round_trip_ms?: number;
}

const BYTES_PER_MB = 1e6;

/**
 * The figures of a proof whose product took `elapsed_ms`, with those of the later stages as far as
 * their times are given: integers. A time of 0 is that of a stage that was not finished: it has done
 * nothing. Any other counts as at least 1 ms.
 */
export function figuresOf(
  size: MeasuredSize,
  elapsed_ms: number,
  later: LaterTimes = {},
): ProofFigures {
  const { m, k, n } = size;
  const elapsed = wholeMs(elapsed_ms);
  const resident_mb = Math.round(residentBytesOf(size) / BYTES_PER_MB);
  return {
    gops: elapsed === 0 ? 0 : Math.round(operationsOf(size) / 1e6 / elapsed),
    elapsed_ms: elapsed,
    m,
    k,
    n,
    ...chainFigures(size, later.chain_ms),
    ...sweepFigures(size, later.sweep_ms, resident_mb),
    ...(later.round_trip_ms === undefined
      ? {}
      : { round_trip_ms: Math.max(0, Math.round(later.round_trip_ms)) }),
  };
}

function chainFigures({ lanes, steps }: MeasuredSize, chain_ms: number | undefined) {
  const elapsed = wholeMs(chain_ms);
  if (elapsed === 0 || lanes === undefined || steps === undefined) return {};
  const operations = chainOperationsOf({ lanes, steps });
  return { chain_gops: Math.round(operations / 1e6 / elapsed), chain_ms: elapsed };
}

function sweepFigures(size: MeasuredSize, sweep_ms: number | undefined, resident_mb: number) {
  const { sweeps } = size;
  const elapsed = wholeMs(sweep_ms);
  if (elapsed === 0 || sweeps === undefined) return {};
  const memory_mb_per_s = Math.round(residentBytesOf(size) * sweeps / 1e3 / elapsed);
  return { memory_mb_per_s, sweep_ms: elapsed, resident_mb };
}

function wholeMs(ms = 0): number {
  return ms <= 0 ? 0 : Math.max(1, Math.round(ms));
}
