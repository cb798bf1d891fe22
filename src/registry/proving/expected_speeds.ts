import type { ExpectedSpeeds } from "../../proof/plan.ts";
import { chipNamed } from "../../proof/type_names.ts";
import type { GpuView } from "../../protocol/gpu.ts";

/** The chain's operations to those of the product, where nothing better is known. */
const CHAIN_SHARE = 0.5;
/** What any CPU reaches: a claim below it would only make the registry wait. */
const SLOWEST = { gops: 0.5, chain_gops: 0.5, memory_mb_per_s: 500 };
const MB_PER_GB = 1000;

/**
 * The speeds that a proof of a GPU is planned by: those of the chip that it is claimed to be, or for
 * any other type what its owner measured.
 */
export function expectedSpeeds(gpu: GpuView): ExpectedSpeeds {
  const chip = chipNamed(gpu.gpu_type);
  const { u32_gops, memory_gbps } = gpu.performance;
  const gops = chip?.u32_peak_gops ?? u32_gops.median;
  const memory_gb_per_s = chip?.bandwidth_gb_per_s ?? memory_gbps.median;
  return {
    gops: Math.max(SLOWEST.gops, gops),
    chain_gops: Math.max(SLOWEST.chain_gops, gops * CHAIN_SHARE),
    memory_mb_per_s: Math.max(SLOWEST.memory_mb_per_s, memory_gb_per_s * MB_PER_GB),
    vram_gb: gpu.vram_gb,
  };
}
