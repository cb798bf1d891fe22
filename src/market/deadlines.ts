import { Heap } from "./heap.ts";
import { numberOf, numberOfEvent } from "./ids.ts";
import type { MarketState } from "./state.ts";

/** Something that happens at its time unless the state changes before. */
export interface Deadline {
  at: number;
  kind: "lease_end" | "offline" | "overdue" | "auction_end" | "bid_expiry" | "arrival";
  /** The lease, job, auction, bid or (for `arrival`) GPU that it is about. */
  id: string;
  /** The number in the id; for a GPU, that of the event that began its move. */
  n: number;
}

/** Below so many the heap is not worth cleaning. */
const MIN_CLEANED = 1_024;

/**
 * Deadlines in the order (time, number of the id). One that was moved or lifted stays in the heap
 * until it comes up, or until half of the heap may be such. The heap is built from the records when
 * it is first asked: a replay never asks.
 */
export class Deadlines {
  #heap: Heap<Deadline> | null = null;
  #cleaned_above = MIN_CLEANED;

  /** How many lie in the heap, with those that were moved or lifted. */
  get size(): number {
    return this.#heap?.size ?? 0;
  }

  add(kind: Deadline["kind"], id: string, at: number, n = numberOf(id)): void {
    this.#heap?.push({ at, kind, id, n });
  }

  /** The first deadline of the state that these belong to. */
  next(state: MarketState): Deadline | undefined {
    const heap = this.#heap ??= heapOf(state);
    const isCurrent = (deadline: Deadline) => deadlineOf(state, deadline) === deadline.at;
    if (heap.size > this.#cleaned_above) {
      heap.keep(isCurrent);
      this.#cleaned_above = Math.max(MIN_CLEANED, 2 * heap.size);
    }
    for (;;) {
      const deadline = heap.peek();
      if (deadline === undefined || isCurrent(deadline)) return deadline;
      heap.pop();
    }
  }
}

/** When the thing that a deadline is about happens as of now; null or undefined if never. */
function deadlineOf(state: MarketState, { kind, id }: Deadline): number | null | undefined {
  if (kind === "arrival") return state.gpus.get(id)?.arrival?.at;
  if (kind === "overdue") return state.jobs.get(id)?.overdue_at;
  if (kind === "auction_end") {
    const auction = state.auctions.get(id);
    return auction?.state === "open" ? auction.ends_at : null;
  }
  if (kind === "bid_expiry") {
    const bid = state.bids.get(id);
    return bid?.state === "resting" ? bid.expires_at : null;
  }
  const lease = state.leases.get(id);
  if (lease?.state !== "live") return null;
  return kind === "lease_end" ? lease.ends_at : lease.offline_until;
}

function heapOf(state: MarketState): Heap<Deadline> {
  const heap = new Heap(isBefore);
  const add = (kind: Deadline["kind"], id: string, at: number | null) => {
    if (at !== null) heap.push({ at, kind, id, n: numberOf(id) });
  };
  for (const { gpu_id, arrival } of state.gpus.values()) {
    if (arrival === null) continue;
    heap.push({ at: arrival.at, kind: "arrival", id: gpu_id, n: numberOfEvent(arrival.seq) });
  }
  for (const lease of state.leases.values()) {
    if (lease.state !== "live") continue;
    add("lease_end", lease.lease_id, lease.ends_at);
    add("offline", lease.lease_id, lease.offline_until);
  }
  for (const job of state.jobs.values()) add("overdue", job.job_id, job.overdue_at);
  for (const auction of state.auctions.values()) {
    if (auction.state === "open") add("auction_end", auction.auction_id, auction.ends_at);
  }
  for (const bid of state.bids.values()) {
    if (bid.state === "resting") add("bid_expiry", bid.bid_id, bid.expires_at);
  }
  return heap;
}

/** A lease that ends at the moment its GPU's grace is over has expired. */
function isBefore(a: Deadline, b: Deadline): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.n !== b.n) return a.n < b.n;
  return a.kind < b.kind;
}
