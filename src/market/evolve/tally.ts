import type { EventData } from "../../protocol/feed.ts";
import type { Side } from "../../protocol/job.ts";
import { type Effects, note } from "../effects.ts";
import { type Counters, noCounters } from "../reputation.ts";
import { type Gpu, isOnline, type Job, type Lease, type MarketState } from "../state.ts";

/**
 * Whether this market counts for reputations. It is so from an event on, so that whoever replays the
 * feed, or goes on from a snapshot older than the counters, counts the same.
 */
export function isCounting(state: MarketState): boolean {
  return state.settings.badge_life_ms !== undefined;
}

/** The counters that a GPU begins with: its own from before, else its owner's. */
export function firstCounters(state: MarketState, owner: string, known?: Gpu): Counters {
  return { ...known?.counters ?? state.owners.get(owner) ?? noCounters() };
}

/** Counts the time up to `until` by what a GPU was in it. Comes before its status changes. */
export function countTime(state: MarketState, gpu: Gpu, until = state.at): void {
  const since = gpu.counted_at;
  gpu.counted_at = isCounting(state) ? until : null;
  if (since === null || until <= since) return;
  const { status } = gpu;
  if (status === "listed" || status === "expired") add(state, gpu, "listed_ms", until - since);
  if (status === "listed" && isOnline(state, gpu)) add(state, gpu, "uptime_ms", until - since);
}

/** Leaves the registry's downtime out of every GPU's time. */
export function skipDowntime(state: MarketState, gap: EventData["gap"], effects: Effects): void {
  if (!isCounting(state)) return;
  for (const gpu of state.gpus.values()) {
    countTime(state, gpu, gap.from);
    gpu.counted_at = gap.to;
    note(effects, "changed_gpus", gpu.gpu_id);
  }
}

/** Counts an attempt of a job that is over, by its outcome and the side at fault. */
export function countAttempt(
  state: MarketState,
  job: Job,
  outcome: { state: "succeeded" | "failed" | "cancelled" | "lost"; side: Side | null },
  effects: Effects,
): void {
  if (!isCounting(state) || outcome.state === "cancelled") return;
  const what = outcome.state === "succeeded" ? "jobs_succeeded" : FAULTS[outcome.side ?? "network"];
  const gpu = state.gpus.get(job.gpu_id);
  add(state, { owner: job.provider, counters: gpu?.counters }, what, 1);
  if (gpu !== undefined) note(effects, "changed_gpus", gpu.gpu_id);
}

const FAULTS = {
  provider: "jobs_failed_provider",
  renter: "jobs_failed_renter",
  network: "jobs_failed_network",
} as const satisfies Record<Side, keyof Counters>;

/** Counts a lease that its provider broke. */
export function countLease(
  state: MarketState,
  { owner, gpu_id }: Lease,
  reason: EventData["lease.ended"]["reason"],
): void {
  if (!isCounting(state) || reason === "expired" || reason === "ended_by_renter") return;
  add(state, { owner, counters: state.gpus.get(gpu_id)?.counters }, "leases_broken", 1);
}

/** Counts a proof. */
export function countProof(state: MarketState, gpu: Gpu, has_passed: boolean): void {
  if (isCounting(state)) add(state, gpu, has_passed ? "proofs_passed" : "proofs_failed", 1);
}

/** To a GPU's counters, where it is still there, and to its owner's. */
function add(
  state: MarketState,
  { owner, counters }: { owner: string; counters: Counters | undefined },
  what: keyof Counters,
  count: number,
): void {
  if (counters !== undefined) counters[what] += count;
  let all = state.owners.get(owner);
  if (all === undefined) state.owners.set(owner, all = noCounters());
  all[what] += count;
}
