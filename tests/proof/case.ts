import { type Chip, ratedSpeeds } from "../../src/proof/chips.ts";
import type { Evidence } from "../../src/proof/judge.ts";
import { expectedMs, planProof } from "../../src/proof/plan.ts";
import {
  chainOperationsOf,
  operationsOf,
  type ProofSize,
  sweptBytesOf,
} from "../../src/proof/size.ts";
import { chipNamed } from "../../src/proof/type_names.ts";

/** What a card reaches, as shares of its rating. */
export interface Shares {
  gops?: number;
  chain?: number;
  memory?: number;
}

/** The chip of that name. Throws if the table has none. */
export function chip(name: string): Chip {
  const found = chipNamed(name);
  if (found === undefined) throw new Error(`No chip ${name}`);
  return found;
}

/** A proof that a card of `real` passes at those shares, planned and claimed as one of `claimed`. */
export function proofOf(
  real: Chip,
  claimed: Chip,
  shares: Shares = {},
  change: Partial<Evidence> = {},
  size: ProofSize = planProof(ratedSpeeds(claimed), 0),
): Evidence {
  const { gops = 0.6, chain = 0.8, memory = 0.8 } = shares;
  const rated = ratedSpeeds(real);
  const plan = ratedSpeeds(claimed);
  return {
    size,
    elapsed_ms: expectedMs(operationsOf(size), gops * rated.gops),
    chain_ms: expectedMs(chainOperationsOf(size), chain * rated.chain_gops),
    sweep_ms: expectedMs(sweptBytesOf(size), memory * rated.memory_mb_per_s / 1000),
    round_trip_ms: 0.4,
    claimed_type: claimed.name,
    claimed_vram_gb: plan.vram_gb,
    adapter: {
      vendor: "",
      architecture: "",
      device: "",
      description: claimed.name,
      is_fallback: false,
    },
    outcome: { ok: true },
    ...change,
  };
}
