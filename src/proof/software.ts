import type { AdapterClaim, ProofFigures } from "./verdict.ts";

/** VK_VENDOR_ID_MESA, 0x10005: llvmpipe's vendor, in decimal or in hexadecimal. */
const MESA_VENDOR_IDS = new Set(["65541", "0x10005", "mesa"]);
/** Names of the renderers that run on a CPU. */
const SOFTWARE_NAMES =
  /llvmpipe|lavapipe|softpipe|swiftshader|subzero|microsoft basic render|\bwarp\b/i;

/**
 * Below these no GPU in the table answers, and many a CPU does: an adapter so slow is taken for
 * software whatever it says of itself. A server's CPU with native code is faster than that, and as
 * fast as the slowest chips of the table; speed alone can't tell it from those.
 */
export const SOFTWARE_FLOOR_GOPS = 70;
/** Of the chain, in u32 G-operations a second. */
export const SOFTWARE_FLOOR_CHAIN_GOPS = 70;
/** Of the sweeps. */
export const SOFTWARE_FLOOR_MB_PER_S = 10_000;

/** The figure that no GPU has, as `name: value` and the floor; undefined if each is above its own. */
export function softwareSpeed(figures: ProofFigures): string | undefined {
  const { gops, chain_gops, memory_mb_per_s } = figures;
  if (gops < SOFTWARE_FLOOR_GOPS) return below("gops", gops, SOFTWARE_FLOOR_GOPS);
  if (chain_gops !== undefined && chain_gops < SOFTWARE_FLOOR_CHAIN_GOPS) {
    return below("chain_gops", chain_gops, SOFTWARE_FLOOR_CHAIN_GOPS);
  }
  if (memory_mb_per_s !== undefined && memory_mb_per_s < SOFTWARE_FLOOR_MB_PER_S) {
    return below("memory_mb_per_s", memory_mb_per_s, SOFTWARE_FLOOR_MB_PER_S);
  }
  return undefined;
}

function below(name: string, value: number, floor: number): string {
  return `${name}: ${value}, and no GPU is below ${floor}`;
}

/** What in the adapter's own words shows that it is software, as `name: value`, or undefined. */
export function softwareSign(adapter: AdapterClaim): string | undefined {
  const { vendor, architecture, device, description } = adapter;
  if (MESA_VENDOR_IDS.has(vendor.toLowerCase())) return `adapter vendor: ${vendor}`;
  const named = [description, device, architecture, vendor].find((t) => SOFTWARE_NAMES.test(t));
  if (named !== undefined) return `adapter: ${named}`;
  return adapter.is_fallback ? "adapter: fallback" : undefined;
}
