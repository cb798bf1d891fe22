import { HorizonError } from "../../base/errors.ts";
import { formatDollars } from "../../base/money.ts";
import type { Client } from "../../client/client.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import { LIMITS } from "../../protocol/limits.ts";

/** A GPU that can be sampled, as the plan shows it. */
export interface Candidate {
  gpu_id: string;
  owner: string;
  class: string;
  verification: "verified" | "software";
  ask_micros_per_hour: number;
}

/** Which GPUs to sample. */
export interface CandidateSearch {
  /** A filter of the listings. */
  where: string | undefined;
  /** At most so many. */
  max: number;
  /** Nobody rents their own GPU at a registry that serves others. */
  own: boolean;
  /** Dearest ask, in micro-dollars an hour; null for any. */
  max_micros_per_hour: number | null;
}

/** Pages that are looked through for GPUs of others. */
const MAX_PAGES = 20;

/**
 * The GPUs of the client's registry that can be rented now and satisfy the search, cheapest ask first.
 * Throws `gpu_not_found` if there is none, `no_offer` if all are too dear, `invalid_filter`.
 */
export async function findCandidates(
  client: Client,
  search: CandidateSearch,
): Promise<Candidate[]> {
  const { where, max, own, max_micros_per_hour } = search;
  const found: Candidate[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const listing = await client.gpus({
      home: client.node_id,
      sort: "price",
      limit: LIMITS.page_default,
      ...(where === undefined ? {} : { where }),
      ...(cursor === null ? {} : { cursor }),
    });
    for (const gpu of listing.gpus) {
      if (found.length === max) return found;
      if (!own && gpu.owner === client.actor) continue;
      const candidate = candidateOf(gpu);
      if (candidate === null) continue;
      const { ask_micros_per_hour } = candidate;
      if (max_micros_per_hour !== null && ask_micros_per_hour > max_micros_per_hour) {
        return found.length > 0 ? found : refuseDear(candidate, max_micros_per_hour);
      }
      found.push(candidate);
    }
    cursor = listing.next_cursor;
    if (cursor === null) break;
  }
  if (found.length > 0) return found;
  throw new HorizonError("gpu_not_found", "No GPU that can be rented now fits.", {
    fix: "See what there is: horizon list-gpus --all",
  });
}

function candidateOf(gpu: GpuView): Candidate | null {
  const { gpu_id, owner, verdict, price_micros_per_hour: ask_micros_per_hour } = gpu;
  if (verdict?.verdict !== "verified" && verdict?.verdict !== "software") return null;
  return {
    gpu_id,
    owner,
    class: verdict.class,
    verification: verdict.verdict,
    ask_micros_per_hour,
  };
}

function refuseDear({ gpu_id, ask_micros_per_hour }: Candidate, max_micros: number): never {
  throw new HorizonError(
    "no_offer",
    `The cheapest that fits, ${gpu_id}, costs ${formatDollars(ask_micros_per_hour)} an hour, and ` +
      `the most you pay is ${formatDollars(max_micros)}.`,
    { fix: "The limit is max_price, of your configuration or of the job file." },
  );
}
