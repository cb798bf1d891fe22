import { type ArchitectureId, architectureOf } from "../architectures.ts";

/** A GPU that a listing may claim, with the figures that its maker rates it at. */
export interface Chip {
  /** The class in listings and filters. */
  readonly id: string;
  readonly name: string;
  /** Other names, as owners and drivers write them; `type_names.ts` says how names compare. */
  readonly aliases: readonly string[];
  readonly vendor: Vendor;
  readonly architecture: ArchitectureId;
  /** The memory that a card of this name has at least, in 10^9 bytes. */
  readonly memory_gb: number;
  /** The most memory that is sold under this name. */
  readonly memory_max_gb: number;
  readonly fp32_gflops: number;
  readonly bandwidth_gb_per_s: number;
  /** True once a real card has measured within the narrow windows; until then those only warn. */
  readonly confirmed: boolean;
  /** The maker's paper that the figures come from. */
  readonly source: string;
}

export type Vendor = "NVIDIA" | "AMD" | "Intel" | "Apple";

/** A row of the table: what a data sheet gives, and nothing that follows from it. */
export type ChipRow = readonly [
  id: string,
  /** Without the maker's name. */
  name: string,
  memory_gb: number,
  /** SMs, CUs, Xe cores or cores. */
  units: number,
  /** The boost clock, by which makers rate. */
  clock_ghz: number,
  bandwidth_gb_per_s: number,
  source: string,
  more?: { readonly aliases?: readonly string[]; readonly memory_max_gb?: number },
];

/** The chips of one architecture, from their rows. Rates follow from units, clock and architecture. */
export function chipsOf(
  vendor: Vendor,
  architecture: ArchitectureId,
  rows: readonly ChipRow[],
): Chip[] {
  const { fp32_per_clock } = architectureOf(architecture);
  return rows.map(([id, name, memory_gb, units, clock_ghz, bandwidth_gb_per_s, source, more]) => ({
    id,
    name: `${vendor} ${name}`,
    aliases: more?.aliases ?? [],
    vendor,
    architecture,
    memory_gb,
    memory_max_gb: more?.memory_max_gb ?? memory_gb,
    fp32_gflops: Math.round(fp32_per_clock * units * clock_ghz),
    bandwidth_gb_per_s,
    confirmed: false,
    source: `${source} (${units} units, ${clock_ghz} GHz)`,
  }));
}
