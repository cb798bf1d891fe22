import { numberOf } from "./ids.ts";

/** Where a bid stands among those on its GPU. */
interface Place {
  bid_id: string;
  price_micros_per_hour: number;
  n: number;
}

/** Bids that rest on single GPUs, on each the highest price first, of equal ones the earlier. */
export class RestingBids {
  readonly #places = new Map<string, Place[]>();

  /** Ids of the GPUs that bids rest on. */
  gpuIds(): Iterable<string> {
    return this.#places.keys();
  }

  /** The id of the first bid on a GPU. */
  best(gpu_id: string): string | undefined {
    return this.#places.get(gpu_id)?.[0]?.bid_id;
  }

  /** Adds a bid that isn't there. */
  add(gpu_id: string, bid_id: string, price_micros_per_hour: number): void {
    const place = { bid_id, price_micros_per_hour, n: numberOf(bid_id) };
    const places = this.#places.get(gpu_id);
    if (places === undefined) this.#places.set(gpu_id, [place]);
    else places.splice(indexOf(places, place), 0, place);
  }

  /** Takes a bid away that is there. */
  remove(gpu_id: string, bid_id: string, price_micros_per_hour: number): void {
    const places = this.#places.get(gpu_id) ?? [];
    places.splice(indexOf(places, { bid_id, price_micros_per_hour, n: numberOf(bid_id) }), 1);
    if (places.length === 0) this.#places.delete(gpu_id);
  }
}

/** Index of the first place that isn't before `place`. */
function indexOf(places: readonly Place[], place: Place): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = places[middle];
    if (other !== undefined && isBefore(other, place)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(a: Place, b: Place): boolean {
  if (a.price_micros_per_hour !== b.price_micros_per_hour) {
    return a.price_micros_per_hour > b.price_micros_per_hour;
  }
  return a.n < b.n;
}
