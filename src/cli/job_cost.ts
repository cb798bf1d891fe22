import { costMicros } from "../base/money.ts";
import type { LeaseView } from "../protocol/lease.ts";

interface Metered {
  lease: LeaseView;
  /** Metered seconds of the lease before the job ran on it. */
  before_s: number;
  /** When it was looked at, by the caller's monotonic clock. */
  at_ms: number;
}

/**
 * What a job has cost so far: the metered time of the leases that it ran on, at their prices. Between
 * two looks at a live lease its meter is taken to run on.
 */
export class JobCost {
  readonly #leases = new Map<string, Metered>();
  #shown_micros = 0;

  /** Takes a lease as it is, from the first look at it while the job runs there. */
  observe(lease: LeaseView, at_ms: number): void {
    const before_s = this.#leases.get(lease.lease_id)?.before_s ?? lease.metered_s;
    this.#leases.set(lease.lease_id, { lease, before_s, at_ms });
  }

  /** Micro-dollars up to a time on the same clock; never less than it said before. */
  micros(now_ms: number): number {
    let sum_micros = 0;
    for (const { lease, before_s, at_ms } of this.#leases.values()) {
      const passed_s = lease.state === "live" ? Math.max(0, now_ms - at_ms) / 1000 : 0;
      const metered_s = Math.min(Math.floor(lease.metered_s + passed_s), lease.duration_s);
      sum_micros += costMicros(lease.price_micros_per_hour, Math.max(0, metered_s - before_s));
    }
    this.#shown_micros = Math.max(this.#shown_micros, sum_micros);
    return this.#shown_micros;
  }
}
