import { type GpuOrder, parseSort } from "../protocol/filter.ts";
import type { GpuView } from "../protocol/gpu.ts";
import { comparePlaces, type OrderPlace, placeIn } from "../protocol/gpu_listing.ts";

/** A GPU in the index. A change makes a new entry and leaves the old one stale. */
export interface GpuEntry {
  readonly view: GpuView;
  /** JSON text of the view, made when a page first shows it. */
  json: string | null;
  stale: boolean;
}

/** Changes that may wait for the next read; beyond that they are merged at once. */
const MAX_FRESH = 4096;

/**
 * All GPUs in one order, ties by id, then by home. Changes are noted, and merged in one pass by the next read: a
 * read walks all entries anyway.
 */
export class OrderedGpus {
  readonly #order: GpuOrder;
  #entries: GpuEntry[];
  #fresh: GpuEntry[] = [];
  #isStale = false;

  /** `sort` is as in a query. Throws `invalid_filter`. */
  constructor(sort: string, entries: Iterable<GpuEntry>) {
    this.#order = parseSort(sort);
    this.#entries = [...entries];
    this.#sort(this.#entries);
  }

  /** Notes an entry that was added, and that some may have become stale. */
  note(added: GpuEntry | null): void {
    this.#isStale = true;
    if (added === null) return;
    this.#fresh.push(added);
    if (this.#fresh.length > MAX_FRESH) this.#merge();
  }

  /** The GPUs in order. */
  entries(): readonly GpuEntry[] {
    if (this.#isStale) this.#merge();
    return this.#entries;
  }

  /** The place of a GPU in this order. */
  placeOf(view: GpuView): OrderPlace {
    return placeIn(this.#order, view);
  }

  /** Index of the first GPU after a place. */
  after(place: OrderPlace): number {
    return this.#firstAfter(this.entries(), place);
  }

  #merge(): void {
    const kept = this.#entries.filter((entry) => !entry.stale);
    const fresh = this.#fresh.filter((entry) => !entry.stale);
    this.#sort(fresh);
    const merged: GpuEntry[] = [];
    let taken = 0;
    for (const entry of fresh) {
      const to = this.#firstAfter(kept, this.placeOf(entry.view));
      for (const before of kept.slice(taken, to)) merged.push(before);
      merged.push(entry);
      taken = to;
    }
    this.#entries = merged.concat(kept.slice(taken));
    this.#fresh = [];
    this.#isStale = false;
  }

  #firstAfter(entries: readonly GpuEntry[], place: OrderPlace): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = entries[middle];
      if (entry !== undefined && this.#compare(this.placeOf(entry.view), place) <= 0) {
        low = middle + 1;
      } else high = middle;
    }
    return low;
  }

  #sort(entries: GpuEntry[]): void {
    entries.sort((a, b) => this.#compare(this.placeOf(a.view), this.placeOf(b.view)));
  }

  #compare(a: OrderPlace, b: OrderPlace): number {
    return comparePlaces(this.#order, a, b);
  }
}
