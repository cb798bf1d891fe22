import { architectureOf } from "./architectures.ts";
import { AMD } from "./chips/amd.ts";
import { APPLE } from "./chips/apple.ts";
import type { Chip } from "./chips/chip.ts";
import { INTEL } from "./chips/intel.ts";
import { NVIDIA_GEFORCE } from "./chips/nvidia_geforce.ts";
import { NVIDIA_PROFESSIONAL } from "./chips/nvidia_professional.ts";
import type { ExpectedSpeeds } from "./plan.ts";

export type { Chip } from "./chips/chip.ts";

/** The chips that a registry knows. */
export const CHIPS: readonly Chip[] = [
  ...NVIDIA_GEFORCE,
  ...NVIDIA_PROFESSIONAL,
  ...AMD,
  ...INTEL,
  ...APPLE,
];

/** The share of a machine's memory that a system gives to a GPU without one of its own. */
const UNIFIED_SHARE = 2 / 3;
/** The share of a claim that such a GPU has to fill: what its system surely lets it have. */
const UNIFIED_FILLED_SHARE = 0.5;

/**
 * A chip's rated speeds, by its architecture, from which a proof of that chip is planned; `vram_gb`
 * is what a card of that name surely offers a program.
 */
export function ratedSpeeds(chip: Chip): ExpectedSpeeds {
  const { fp32_per_clock, u32_per_clock, chain_per_clock } = architectureOf(chip.architecture);
  const clocks = chip.fp32_gflops / fp32_per_clock;
  return {
    gops: Math.round(clocks * u32_per_clock),
    chain_gops: Math.round(clocks * chain_per_clock),
    memory_mb_per_s: 1000 * chip.bandwidth_gb_per_s,
    vram_gb: hasUnifiedMemory(chip) ? Math.floor(chip.memory_gb * UNIFIED_SHARE) : chip.memory_gb,
  };
}

/** True if the chip shares the machine's memory. */
export function hasUnifiedMemory(chip: Chip): boolean {
  return architectureOf(chip.architecture).unified_memory;
}

/** The memory that a proof of this chip fills, where its owner claims so much. */
export function claimToFill(chip: Chip, claimed_vram_gb: number): number {
  return hasUnifiedMemory(chip) ? claimed_vram_gb * UNIFIED_FILLED_SHARE : claimed_vram_gb;
}
