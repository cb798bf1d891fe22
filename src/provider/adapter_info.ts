import type { AdapterDescription } from "../gpu/adapter.ts";
import type { AdapterInfo } from "../protocol/gpu.ts";
import { LIMITS } from "../protocol/limits.ts";

/** An adapter's own words as a GPU's record holds them. */
export function adapterInfo(adapter: AdapterDescription): AdapterInfo {
  const { vendor, architecture, device, description, is_fallback } = adapter;
  return {
    vendor: plainLine(vendor, LIMITS.name_chars),
    architecture: plainLine(architecture, LIMITS.name_chars),
    device: plainLine(device, LIMITS.name_chars),
    description: plainLine(description, LIMITS.text_chars),
    is_fallback,
  };
}

/** A driver's text as one line of printable characters, cut at a bound. */
export function plainLine(text: string, max_chars: number): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, " ").trim().slice(0, max_chars);
}
