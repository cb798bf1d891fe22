import { holdMicros } from "../base/money.ts";
import type { LeaseOpening } from "../protocol/feed.ts";

/** What leases of one price and length open with. */
export interface LeaseTerms {
  price_micros_per_hour: number;
  duration_s: number;
  at: number;
}

/** The id of the n-th lease (from 0) that an event opens. */
export function leaseIdOf(seq: number, n: number): string {
  return n === 0 ? `lease_${seq}` : `lease_${seq}-${n}`;
}

/** Leases of GPUs by the event `seq`, which has opened `from` others already. */
export function leaseOpenings(
  seq: number,
  gpus: readonly { gpu_id: string }[],
  { price_micros_per_hour, duration_s, at }: LeaseTerms,
  from = 0,
): LeaseOpening[] {
  return gpus.map(({ gpu_id }, i) => ({
    lease_id: leaseIdOf(seq, from + i),
    gpu_id,
    price_micros_per_hour,
    hold_micros: holdMicros(price_micros_per_hour, duration_s),
    ends_at: at + duration_s * 1000,
  }));
}
