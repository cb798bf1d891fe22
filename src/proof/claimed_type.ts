import type { Chip } from "./chips.ts";
import { chipNamed, normalizeTypeName } from "./type_names.ts";
import type { AdapterClaim } from "./verdict.ts";

/** The claimed type that leaves the naming to the adapter. */
export const AUTO_TYPE = "auto";
/** Types by which an owner says openly that the adapter is software. */
const SOFTWARE_TYPES = new Set(["software", "llvmpipe", "lavapipe", "swiftshader", "cpu"]);

/** What an owner's `--gpu-type` says. */
export type ClaimedType =
  | { readonly kind: "software" }
  | { readonly kind: "auto" }
  | { readonly kind: "chip"; readonly chip: Chip }
  | { readonly kind: "unknown"; readonly name: string };

/**
 * Reads a claimed type. The adapter's own words as a type are no claim of the owner's, so they mean
 * `auto`, unless they name a chip.
 */
export function readClaim(claimed_type: string, adapter: AdapterClaim): ClaimedType {
  const name = claimed_type.trim();
  const normal = normalizeTypeName(name);
  if (SOFTWARE_TYPES.has(normal)) return { kind: "software" };
  if (name.toLowerCase() === AUTO_TYPE) return { kind: "auto" };
  const chip = chipNamed(name);
  if (chip !== undefined) return { kind: "chip", chip };
  const isOwnWords = normal === normalizeTypeName(adapter.description);
  return isOwnWords ? { kind: "auto" } : { kind: "unknown", name };
}
