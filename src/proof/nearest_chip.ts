import { type Chip, CHIPS, ratedSpeeds } from "./chips.ts";
import { showsMemory } from "./memory_claim.ts";
import type { ProofFigures } from "./verdict.ts";
import { outsideOf, type RatedFigure, shareOf, windowsOf } from "./windows.ts";

/** Shares of a rating that kernels are expected to reach; no real card has confirmed them yet. */
const EXPECTED_SHARES: Readonly<Record<RatedFigure, number>> = {
  gops: 0.6,
  chain_gops: 0.8,
  memory_mb_per_s: 0.8,
};

/** The makers by their PCI vendor ids, which WebGPU reports in decimal or in hexadecimal. */
const VENDOR_IDS: ReadonlyMap<number, Chip["vendor"]> = new Map([
  [0x10de, "NVIDIA"],
  [0x1002, "AMD"],
  [0x8086, "Intel"],
  [0x106b, "Apple"],
]);

/** A chip of a card's claimed memory has no more than this above it. */
const MEMORY_TOLERANCE = 1.1;

/**
 * The chip whose figures these are: of those whose narrow windows hold, whose memory is no more than
 * what was shown (where memory is claimed), and whose maker is the one that the adapter names, the
 * nearest by the logarithms of speed, bandwidth and memory. The speed is the lower of what product
 * and chain imply. Undefined if there is none.
 */
export function nearestChip(
  figures: ProofFigures,
  claimed_vram_gb: number,
  vendor_id: string,
): Chip | undefined {
  const vendor = VENDOR_IDS.get(Number(vendor_id));
  const shown_gb = showsMemory(figures, claimed_vram_gb) ? claimed_vram_gb : 0;
  let nearest: Chip | undefined, least = Infinity;
  for (const chip of CHIPS) {
    if (vendor !== undefined && chip.vendor !== vendor) continue;
    if (claimed_vram_gb > 0 && ratedSpeeds(chip).vram_gb > shown_gb * MEMORY_TOLERANCE) continue;
    if (outsideOf(figures, windowsOf(chip, "narrow")).length > 0) continue;
    const distance = distanceOf(chip, figures, shown_gb);
    if (distance < least) [nearest, least] = [chip, distance];
  }
  return nearest;
}

function distanceOf(chip: Chip, figures: ProofFigures, shown_gb: number): number {
  const implied = (name: RatedFigure) => {
    const share = shareOf(chip, figures, name);
    return share === undefined ? undefined : share / EXPECTED_SHARES[name];
  };
  const speed = Math.min(implied("gops") ?? 1, implied("chain_gops") ?? Infinity);
  const bandwidth = implied("memory_mb_per_s") ?? 1;
  return Math.abs(Math.log(speed)) + Math.abs(Math.log(bandwidth)) +
    (shown_gb > 0 ? memoryDistance(chip, shown_gb) : 0);
}

/** Nothing between the least that a card of that name offers and the most that is sold. */
function memoryDistance(chip: Chip, shown_gb: number): number {
  const { vram_gb } = ratedSpeeds(chip);
  if (shown_gb > chip.memory_max_gb) return Math.log(shown_gb / chip.memory_max_gb);
  return shown_gb < vram_gb ? Math.log(vram_gb / shown_gb) : 0;
}
