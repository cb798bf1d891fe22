import { claimToFill, ratedSpeeds } from "../../proof/chips.ts";
import type { ExpectedSpeeds } from "../../proof/plan.ts";
import { chipNamed } from "../../proof/type_names.ts";
import type { GpuView } from "../../protocol/gpu.ts";

/** What any CPU reaches: a claim below it would only make the registry wait. */
const SLOWEST = { gops: 0.5, chain_gops: 0.5, memory_mb_per_s: 500 };
const MB_PER_GB = 1000;
/** A chip that measures less of its rating than this, by its owner's own word, is refused anyway. */
const LEAST_SHARE = 0.15;

/**
 * The speeds that a proof of a GPU is planned by: those of the chip that it is claimed to be. For any
 * other type they are what its owner measured, and so they are where that contradicts the claim: such
 * a proof fills no memory, so it can't confirm the chip, and it costs nobody minutes.
 */
export function expectedSpeeds(gpu: GpuView): ExpectedSpeeds {
  const chip = chipNamed(gpu.gpu_type);
  const own = measuredSpeeds(gpu);
  if (chip === undefined) return own;
  const rated = ratedSpeeds(chip);
  if (own.gops < LEAST_SHARE * rated.gops) return { ...own, vram_gb: 0 };
  return { ...rated, vram_gb: claimToFill(chip, gpu.vram_gb) };
}

function measuredSpeeds({ performance, vram_gb }: GpuView): ExpectedSpeeds {
  const { u32_gops, memory_gbps } = performance;
  const gops = u32_gops.median;
  return {
    gops: Math.max(SLOWEST.gops, gops),
    // Nobody measures it: on most adapters it is about as fast as the product.
    chain_gops: Math.max(SLOWEST.chain_gops, gops),
    memory_mb_per_s: Math.max(SLOWEST.memory_mb_per_s, memory_gbps.median * MB_PER_GB),
    vram_gb,
  };
}
