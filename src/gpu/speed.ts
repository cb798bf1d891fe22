import { SEED_BYTES } from "../proof/chacha8.ts";
import { type ExpectedSpeeds, planProof } from "../proof/plan.ts";
import { chainOperationsOf, operationsOf, type ProofSize, sweptBytesOf } from "../proof/size.ts";
import type { Prover } from "./prover.ts";

/** What an adapter reaches in each part of a proof, by its own clock: whole numbers. */
export type MeasuredSpeeds = Omit<ExpectedSpeeds, "vram_gb">;

/** Where the search starts: below any adapter, so that the first proof is short on each. */
const SLOWEST: MeasuredSpeeds = { gops: 1, chain_gops: 1, memory_mb_per_s: 500 };
/** Speeds that grew by no more are found. */
const FOUND = 1.25;
/** Proofs at most. */
const MAX_RUNS = 6;

/**
 * The speeds of this prover's adapter: proofs are planned by the speeds found so far, from a short one
 * up, and run until the next would be about the same. A registry that plans by them gets a proof of the
 * length it wants. Throws a `gpu_…` code.
 */
export async function measureSpeed(
  prover: Prover,
  clock_ms: () => number = () => performance.now(),
): Promise<MeasuredSpeeds> {
  let found = SLOWEST;
  for (let run = 0; run < MAX_RUNS; run++) {
    const before = found;
    const size = planProof({ ...found, vram_gb: 0 }, 0);
    const speeds = await runProof(prover, size, clock_ms);
    found = {
      gops: Math.max(found.gops, speeds.gops),
      chain_gops: Math.max(found.chain_gops, speeds.chain_gops),
      memory_mb_per_s: Math.max(found.memory_mb_per_s, speeds.memory_mb_per_s),
    };
    const isFound = found.gops <= FOUND * before.gops &&
      found.chain_gops <= FOUND * before.chain_gops &&
      found.memory_mb_per_s <= FOUND * before.memory_mb_per_s;
    if (isFound) break;
  }
  return found;
}

/** The speeds of one proof of random keys. */
async function runProof(
  prover: Prover,
  size: ProofSize,
  clock_ms: () => number,
): Promise<MeasuredSpeeds> {
  const key = () => crypto.getRandomValues(new Uint8Array(SEED_BYTES));
  const session = await prover.beginSize(size, key());
  try {
    const started = clock_ms();
    await session.matrix();
    const multiplied = clock_ms();
    await session.chain(key());
    const chained = clock_ms();
    await session.sweep(key());
    const swept = clock_ms();
    return {
      gops: rate(operationsOf(size) / 1e9, multiplied - started),
      chain_gops: rate(chainOperationsOf(size) / 1e9, chained - multiplied),
      memory_mb_per_s: rate(sweptBytesOf(size) / 1e6, swept - chained),
    };
  } finally {
    session.dispose();
  }
}

function rate(amount: number, elapsed_ms: number): number {
  return Math.max(1, Math.round(amount * 1000 / Math.max(1, elapsed_ms)));
}
