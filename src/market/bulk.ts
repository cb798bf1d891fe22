import { holdMicros } from "../base/money.ts";
import type { BulkBid } from "../protocol/bulk_bids.ts";

/** What one bid of a bulk holds: price × hours × quantity, each unit rounded up. */
export function bulkHoldMicros({ price_micros_per_hour, duration_s, quantity }: BulkBid): number {
  return holdMicros(price_micros_per_hour, duration_s) * quantity;
}
