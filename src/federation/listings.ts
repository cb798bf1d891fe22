import { isFree, type MarketState } from "../market/market.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { SyncView } from "../protocol/network.ts";

/** The GPUs that can be rented now, each with what a renter looks at, as one text. */
export type Listings = ReadonlyMap<string, string>;

export function listingsOf(state: MarketState): Listings {
  const listings = new Map<string, string>();
  for (const gpu of state.gpus.values()) {
    if (!isFree(state, gpu)) continue;
    const { verdict, class: chip } = gpu.verdict ?? { verdict: "", class: "" };
    listings.set(gpu.gpu_id, `${gpu.price_micros_per_hour} ${verdict} ${chip}`);
  }
  return listings;
}

/** How many GPUs can be rented now. */
export function countListings(state: MarketState): number {
  let count = 0;
  for (const gpu of state.gpus.values()) if (isFree(state, gpu)) count++;
  return count;
}

/** What became of the listings since; the first of each kind, where there are very many. */
export function changesBetween(
  before: Listings,
  state: MarketState,
): Pick<SyncView, "appeared" | "gone" | "changed"> {
  const after = listingsOf(state);
  const some = (ids: Iterable<string>) => [...ids].slice(0, LIMITS.sync_changes);
  return {
    appeared: some(after.keys().filter((gpu_id) => !before.has(gpu_id))),
    gone: some(before.keys().filter((gpu_id) => !after.has(gpu_id))),
    changed: some(
      after.keys().filter((gpu_id) =>
        before.has(gpu_id) && before.get(gpu_id) !== after.get(gpu_id)
      ),
    ),
  };
}
