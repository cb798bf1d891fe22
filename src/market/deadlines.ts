import { Heap } from "./heap.ts";

/** Something that happens at its time unless the state changes before. */
export interface Deadline {
  at: number;
  kind: "lease_end" | "offline" | "overdue" | "auction_end" | "bid_expiry";
  /** The lease, job, auction or bid that it is about. */
  id: string;
  /** The number in the id. */
  n: number;
}

/** More than the further leases that one event can open. */
const SUFFIXES = 10_000;

/**
 * What orders ids by age, and no two share: the seq of the event that made it, then the suffix that
 * tells the leases of one event apart. Exact for the first 9 · 10¹¹ events.
 */
export function numberOf(id: string): number {
  const [seq = "", suffix = "0"] = id.slice(id.indexOf("_") + 1).split("-");
  return Number(seq) * SUFFIXES + Number(suffix);
}

/** Below so many the heap is not worth cleaning. */
const MIN_CLEANED = 1_024;

/**
 * Deadlines in the order (time, number of the id). One that was moved or lifted stays in the heap
 * until it comes up, or until half of the heap may be such; `next` drops it then.
 */
export class Deadlines {
  readonly #heap = new Heap<Deadline>(isBefore);
  #cleaned_above = MIN_CLEANED;

  /** How many lie in the heap, with those that were moved or lifted. */
  get size(): number {
    return this.#heap.size;
  }

  add(kind: Deadline["kind"], id: string, at: number): void {
    this.#heap.push({ at, kind, id, n: numberOf(id) });
  }

  /** The first deadline for which `isCurrent` holds; those before it are dropped. */
  next(isCurrent: (deadline: Deadline) => boolean): Deadline | undefined {
    if (this.#heap.size > this.#cleaned_above) {
      this.#heap.keep(isCurrent);
      this.#cleaned_above = Math.max(MIN_CLEANED, 2 * this.#heap.size);
    }
    for (;;) {
      const deadline = this.#heap.peek();
      if (deadline === undefined || isCurrent(deadline)) return deadline;
      this.#heap.pop();
    }
  }
}

/** A lease that ends at the moment its GPU's grace is over has expired. */
function isBefore(a: Deadline, b: Deadline): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.n !== b.n) return a.n < b.n;
  return a.kind < b.kind;
}
