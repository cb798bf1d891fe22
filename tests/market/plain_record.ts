import type { FeedEvent } from "../../src/protocol/feed.ts";
import type { PlainMarket } from "./reference.ts";

/** A stretch of an owner's GPU on offer. */
interface Stretch {
  owner: string;
  ms: number;
  is_up: boolean;
}

/**
 * What owners have done, once more: how each GPU stood between any two events, whoever they were about,
 * and each job, lease and proof by itself.
 */
export class PlainRecord {
  readonly #market: PlainMarket;
  readonly #stretches: Stretch[] = [];
  readonly #trials: { owner: string; what: string }[] = [];
  /** The provider of each job, as of its last attempt. */
  readonly #providers = new Map<string, string>();

  constructor(market: PlainMarket) {
    this.#market = market;
  }

  /** Comes before the market takes the event. */
  take(event: FeedEvent, previous_at: number): void {
    const isCounting = this.#market.settings.badge_life_ms !== undefined;
    if (isCounting) this.#pass(event, previous_at);
    switch (event.type) {
      case "job.submitted":
        this.#providers.set(event.data.job_id, event.data.provider);
        return;
      case "job.requeued": {
        const { job_id, side, lease_id, opens } = event.data;
        if (isCounting) this.#note(job_id, `jobs_failed_${side ?? "network"}`);
        const owner = opens === undefined
          ? this.#market.leases.get(lease_id)?.owner
          : this.#market.gpus.get(opens.gpu_id)?.owner;
        if (owner !== undefined) this.#providers.set(job_id, owner);
        return;
      }
      case "job.ended": {
        const { job_id, state, side } = event.data;
        if (!isCounting || state === "cancelled") return;
        const failure = `jobs_failed_${side ?? "network"}`;
        return this.#note(job_id, state === "succeeded" ? "jobs_succeeded" : failure);
      }
      case "lease.ended": {
        const { lease_id, reason } = event.data;
        if (!isCounting || reason === "expired" || reason === "ended_by_renter") return;
        const owner = this.#market.leases.get(lease_id)?.owner ?? "";
        this.#trials.push({ owner, what: "leases_broken" });
        return;
      }
      case "gpu.judged": {
        const owner = this.#market.gpus.get(event.data.gpu_id)?.owner ?? "";
        const { verdict } = event.data.verdict;
        const isGood = verdict === "verified" ||
          (verdict === "software" && this.#market.settings.allow_software);
        if (isCounting) {
          this.#trials.push({ owner, what: isGood ? "proofs_passed" : "proofs_failed" });
        }
      }
    }
  }

  /** All counters of an owner that are not zero. */
  of(owner: string): Record<string, number> {
    const sums: Record<string, number> = {};
    const add = (what: string, n: number) => sums[what] = (sums[what] ?? 0) + n;
    for (const trial of this.#trials) if (trial.owner === owner) add(trial.what, 1);
    for (const { owner: whose, ms, is_up } of this.#stretches) {
      if (whose !== owner) continue;
      add("listed_ms", ms);
      if (is_up) add("uptime_ms", ms);
    }
    return sums;
  }

  #pass(event: FeedEvent, previous_at: number): void {
    // What of the time was the registry's own downtime is nobody's.
    const to = event.type === "gap" ? event.data.from : event.at;
    const skipped_ms = event.type === "gap" ? event.at - event.data.to : 0;
    const ms = to - previous_at + skipped_ms;
    if (ms <= 0) return;
    for (const gpu of this.#market.gpus.values()) {
      if (gpu.arrives_at !== null || !this.#market.hasGoodVerdict(gpu)) continue;
      const is_up = !gpu.expired && this.#market.isOnline(gpu);
      this.#stretches.push({ owner: gpu.owner, ms, is_up });
    }
  }

  #note(job_id: string, what: string): void {
    this.#trials.push({ owner: this.#providers.get(job_id) ?? "", what });
  }
}
