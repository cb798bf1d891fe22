import { LIMITS } from "../protocol/limits.ts";
import { Heap } from "./heap.ts";
import { numberOf, numberOfEvent } from "./ids.ts";
import { badgeEndsAt } from "./listing.ts";
import type { Gpu, MarketState } from "./state.ts";

/** Something that happens at its time unless the state changes before. */
export interface Deadline {
  at: number;
  kind:
    | "lease_end"
    | "offline"
    | "overdue"
    | "auction_end"
    | "bid_expiry"
    | "arrival"
    | "badge"
    | "complaint";
  /** The lease, job, auction, bid or (for the last three) GPU that it is about. */
  id: string;
  /** The number in the id; for a GPU's arrival, that of the event that began its move; else 0. */
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
  if (kind === "badge") {
    const gpu = state.gpus.get(id);
    return gpu === undefined ? null : badgeEndsAt(gpu, state.settings);
  }
  if (kind === "complaint") return lapsesAt(state.gpus.get(id));
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

function lapsesAt(gpu: Gpu | undefined): number | null {
  const complaint = gpu?.complaint ?? null;
  return complaint === null ? null : complaint.at + LIMITS.complaint_wait_ms;
}

function heapOf(state: MarketState): Heap<Deadline> {
  const heap = new Heap(isBefore);
  const add = (kind: Deadline["kind"], id: string, at: number | null) => {
    if (at !== null) heap.push({ at, kind, id, n: numberOf(id) });
  };
  for (const gpu of state.gpus.values()) {
    const { gpu_id, arrival } = gpu;
    const badge_ends_at = badgeEndsAt(gpu, state.settings);
    if (badge_ends_at !== null) heap.push({ at: badge_ends_at, kind: "badge", id: gpu_id, n: 0 });
    const lapses_at = lapsesAt(gpu);
    if (lapses_at !== null) heap.push({ at: lapses_at, kind: "complaint", id: gpu_id, n: 0 });
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

/**
 * A lease that ends at the moment its GPU's grace is over has expired; a badge that expires at the
 * moment a lease ends is gone before the GPU is free.
 */
function isBefore(a: Deadline, b: Deadline): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.n !== b.n) return a.n < b.n;
  return a.kind === b.kind ? a.id < b.id : a.kind < b.kind;
}
