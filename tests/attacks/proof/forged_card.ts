import { CHIPS } from "../../../src/proof/chips.ts";
import type { Chip } from "../../../src/proof/chips.ts";
import type { Listing } from "./attacker.ts";

const spread = (median: number) => ({ median, p10: median, p90: median });

/** A chip of the table. */
export function chip(id: string): Chip {
  const found = CHIPS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`the table has no ${id}`);
  return found;
}

/** What the adapter of a real card of this chip would say of itself. */
export function adapterOf({ name, vendor }: Chip): NonNullable<Listing["adapter"]> {
  const words = { vendor: vendor.toLowerCase(), architecture: "", device: "" };
  return { ...words, description: name, is_fallback: false };
}

/** The listing of one who has no such card and says that he has: its words, memory and figures. */
export function listingOf(card: Chip): Listing {
  return {
    gpu_type: card.name,
    vram_gb: card.memory_gb,
    adapter: adapterOf(card),
    performance: {
      self_reported: true,
      measured_at: Date.now(),
      fp32_gflops: spread(card.fp32_gflops),
      fp16_gflops: null,
      u32_gops: spread(card.fp32_gflops / 2),
      memory_gbps: spread(card.bandwidth_gb_per_s),
      upload_gbps: spread(12),
      download_gbps: spread(12),
      launch_us: spread(20),
    },
  };
}
