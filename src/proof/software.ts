import type { AdapterClaim } from "./verdict.ts";

/** VK_VENDOR_ID_MESA, 0x10005: llvmpipe's vendor, in decimal or in hexadecimal. */
const MESA_VENDOR_IDS = new Set(["65541", "0x10005", "mesa"]);
/** Names of the renderers that run on a CPU. */
const SOFTWARE_NAMES =
  /llvmpipe|lavapipe|softpipe|swiftshader|subzero|microsoft basic render|\bwarp\b/i;

/**
 * Below this no GPU in the table answers, and many a CPU does: an adapter so slow is taken for
 * software whatever it says of itself. u32 G-operations a second.
 */
export const SOFTWARE_FLOOR_GOPS = 70;

/** What in the adapter's own words shows that it is software, as `name: value`, or undefined. */
export function softwareSign(adapter: AdapterClaim): string | undefined {
  const { vendor, architecture, device, description } = adapter;
  if (MESA_VENDOR_IDS.has(vendor.toLowerCase())) return `adapter vendor: ${vendor}`;
  const named = [description, device, architecture, vendor].find((t) => SOFTWARE_NAMES.test(t));
  if (named !== undefined) return `adapter: ${named}`;
  return adapter.is_fallback ? "adapter: fallback" : undefined;
}
