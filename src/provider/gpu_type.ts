import type { AdapterDescription } from "../gpu/adapter.ts";
import { CHIPS, ratedSpeeds } from "../proof/chips.ts";
import { AUTO_TYPE } from "../proof/judge.ts";
import { chipNamed } from "../proof/type_names.ts";
import { LIMITS } from "../protocol/limits.ts";
import { plainLine } from "./adapter_info.ts";

/** What a listing claims: the type that the registry judges, and its memory. */
export interface GpuClaim {
  gpu_type: string;
  /** 0 where nobody knows: WebGPU never tells. */
  vram_gb: number;
}

/**
 * The claim for a type as its owner gave it. `auto` takes the adapter's own: "software", the name of
 * the chip in the table, or the driver's description, by which the registry knows that the class is
 * to be named after the figures. The memory is what a card of that name surely has, unless given.
 */
export function claimOf(
  given_type: string,
  given_vram_gb: number | undefined,
  adapter: AdapterDescription,
): GpuClaim {
  const gpu_type = given_type.toLowerCase() === AUTO_TYPE ? typeOf(adapter) : given_type;
  const chip = chipNamed(gpu_type);
  const own_gb = chip === undefined ? 0 : ratedSpeeds(chip).vram_gb;
  return { gpu_type, vram_gb: given_vram_gb ?? own_gb };
}

function typeOf(adapter: AdapterDescription): string {
  if (adapter.kind === "software") return "software";
  const chip = CHIPS.find(({ id }) => id === adapter.chip);
  return chip?.name ?? (plainLine(adapter.description, LIMITS.gpu_type_chars) || AUTO_TYPE);
}
