import { Heap } from "./heap.ts";

/** Something that happens at its time unless the state changes before. */
export interface Deadline {
  at: number;
  kind: "lease_end" | "offline" | "overdue";
  /** The lease or job that it is about. */
  id: string;
  /** The number in the id. */
  n: number;
}

/** The number in the id of a lease or job: the seq of the event that made it, so no two share one. */
export function numberOf(id: string): number {
  return Number(id.slice(id.indexOf("_") + 1));
}

/**
 * Deadlines in the order (time, number of the id). One that was moved or lifted stays in the heap
 * until it comes up, and `next` drops it then.
 */
export class Deadlines {
  readonly #heap = new Heap<Deadline>(isBefore);

  add(kind: Deadline["kind"], id: string, at: number): void {
    this.#heap.push({ at, kind, id, n: numberOf(id) });
  }

  /** The first deadline for which `isCurrent` holds; those before it are dropped. */
  next(isCurrent: (deadline: Deadline) => boolean): Deadline | undefined {
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
