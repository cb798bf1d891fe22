import { type Chip, claimToFill, hasUnifiedMemory, ratedSpeeds } from "./chips.ts";
import { FILLED_SHARE, planProof } from "./plan.ts";
import { operationsOf, residentBytesOf } from "./size.ts";
import type { ProofFigures } from "./verdict.ts";

/** The share of what a claim fills that must have stayed resident. */
const SHOWN_SHARE = 0.85;
const MB_PER_GB = 1000;
const BYTES_PER_MB = 1e6;
/** A sweep this much faster than rows can be made again has read them. */
const MIN_READING_FACTOR = 8;
/** Data sheets count a gigabyte one way or the other. */
const GB_TOLERANCE = 1.1;

/** What speaks against a claim, and what a reader should know of it. */
export interface Findings {
  readonly contradicts: string[];
  readonly warnings: string[];
}

/**
 * Checks a claim of memory: as much must have stayed resident, and been read rather than made again.
 * Software is not held to fill it, and a GPU that shares the machine's memory only to fill what a proof
 * of that chip is planned to: a system gives it a part, and a slow product only fills so much. `chip` is
 * undefined for those that have no name.
 */
export function checkMemory(
  figures: ProofFigures,
  claimed_vram_gb: number,
  chip: Chip | undefined,
  isSoftware: boolean,
): Findings {
  const contradicts: string[] = [], warnings: string[] = [];
  const { resident_mb } = figures;
  if (resident_mb === undefined) return { contradicts, warnings };
  const less = lessThanItHas(chip, claimed_vram_gb);
  if (less !== undefined) contradicts.push(less);
  if (claimed_vram_gb <= 0) {
    return { contradicts, warnings: isSoftware ? [] : ["memory: none is claimed, none is shown"] };
  }
  const again = regeneration(figures);
  if (again !== undefined) contradicts.push(again);
  const isShown = showsMemory(figures, claimed_vram_gb);
  const mayBeShort = isSoftware || (chip !== undefined && hasUnifiedMemory(chip) &&
    resident_mb >= SHOWN_SHARE * plannedMb(chip, claimed_vram_gb));
  if (!isShown) {
    const short = `resident_mb: ${resident_mb}, of ${claimed_vram_gb} GB claimed`;
    (mayBeShort ? warnings : contradicts).push(short);
  }
  if (chip !== undefined && claimed_vram_gb > chip.memory_max_gb * GB_TOLERANCE) {
    const more = `vram_gb: ${claimed_vram_gb}, and ${chip.name} has ${chip.memory_max_gb}`;
    (isShown ? warnings : contradicts).push(more);
  }
  return { contradicts, warnings };
}

/** A card with memory of its own shows all of it: another, smaller one might claim its name. */
function lessThanItHas(chip: Chip | undefined, claimed_vram_gb: number): string | undefined {
  if (chip === undefined || hasUnifiedMemory(chip)) return undefined;
  if (claimed_vram_gb * GB_TOLERANCE >= chip.memory_gb) return undefined;
  return `vram_gb: ${claimed_vram_gb}, and ${chip.name} has ${chip.memory_gb}`;
}

/** What stays resident in a proof that is planned by the chip's rating, in 10⁶ bytes. */
function plannedMb(chip: Chip, claimed_vram_gb: number): number {
  const vram_gb = claimToFill(chip, claimed_vram_gb);
  return residentBytesOf(planProof({ ...ratedSpeeds(chip), vram_gb }, 0)) / BYTES_PER_MB;
}

/** True if what stayed resident is what a proof of that much memory fills. */
export function showsMemory(figures: ProofFigures, vram_gb: number): boolean {
  const filled_mb = FILLED_SHARE * vram_gb * MB_PER_GB;
  return (figures.resident_mb ?? 0) >= SHOWN_SHARE * filled_mb;
}

/**
 * A row's word takes 2·k operations to make again, so at the measured speed rows could be made again
 * at 2·gops/k GB/s. Sweeps not far above that may have made them, and stored none.
 */
function regeneration(figures: ProofFigures): string | undefined {
  const { k, elapsed_ms, memory_mb_per_s } = figures;
  if (memory_mb_per_s === undefined) return undefined;
  // Not by the whole number of G-operations, which may be 0 on a slow adapter.
  const gops = operationsOf(figures) / 1e6 / elapsed_ms;
  const needed_mb_per_s = Math.ceil(MIN_READING_FACTOR * 2 * gops / k * MB_PER_GB);
  if (memory_mb_per_s >= needed_mb_per_s) return undefined;
  return `regenerated: ${memory_mb_per_s} MB/s swept, not ${needed_mb_per_s} ` +
    `(${MIN_READING_FACTOR} × the speed at which rows can be made again)`;
}
