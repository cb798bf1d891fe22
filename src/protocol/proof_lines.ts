import type { Verdict } from "./gpu.ts";

/**
 * What a verdict's proof measured beside the product, and what its reader should know, as rows of a
 * table; none for a proof of before there was a chain.
 */
export function laterStages({ figures, warnings = [] }: Verdict): [string, string][] {
  const { chain_gops, chain_ms, memory_mb_per_s, sweep_ms, resident_mb, round_trip_ms } = figures;
  const lines: [string, string][] = [];
  if (chain_gops !== undefined) {
    lines.push(["chain", `${chain_gops} G-operations/s in ${chain_ms} ms`]);
  }
  if (memory_mb_per_s !== undefined) {
    const kept = `${resident_mb} MB stayed on the GPU, swept at ${memory_mb_per_s} MB/s`;
    lines.push(["swept", `${kept} in ${sweep_ms} ms`]);
  }
  if (round_trip_ms !== undefined) lines.push(["round trip", `${round_trip_ms} ms, included`]);
  return [...lines, ...warnings.map((warning): [string, string] => ["warning", warning])];
}
