import { costMicros } from "../base/money.ts";
import type { Lease } from "./state.ts";

/** Billable milliseconds of a lease up to a time, which is not after its end. */
export function meteredMs(lease: Lease, at: number): number {
  if (lease.meter_from === null) return lease.metered_ms;
  return lease.metered_ms + Math.max(0, at - lease.meter_from);
}

/** Billable whole seconds: the renter is never charged for one begun. */
export function meteredSeconds(lease: Lease, at: number): number {
  return Math.floor(meteredMs(lease, at) / 1000);
}

/** What a lease costs up to a time. */
export function costAt(lease: Lease, at: number): number {
  return costMicros(lease.price_micros_per_hour, meteredSeconds(lease, at));
}

/** Stops the meter as of a time, which may lie in the past but never before the meter's start. */
export function stopMeter(lease: Lease, at: number): void {
  lease.metered_ms = meteredMs(lease, at);
  lease.meter_from = null;
}

/** Leaves a stretch of time out: the lease ends later by it. */
export function skipGap(lease: Lease, gap: { from: number; to: number }): void {
  const isRunning = lease.meter_from !== null;
  if (isRunning) stopMeter(lease, gap.from);
  lease.ends_at += gap.to - gap.from;
  if (isRunning) lease.meter_from = gap.to;
}
