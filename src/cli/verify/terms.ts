import type { FeedEvent } from "../../protocol/feed.ts";

/** True if an auction's start says what its owner signed; events of other types pass. */
export function isStartAsSigned({ type, data, intent: envelope }: FeedEvent): boolean {
  if (type !== "auction.started" || envelope === undefined) return true;
  const { intent } = envelope;
  if (intent.type !== "auction.start") return false;
  const { gpu_id, format, units, duration_s, reserve_micros_per_hour: reserve } = intent.body;
  return data.gpu_ids.includes(gpu_id) && data.format === format && data.units === units &&
    data.duration_s === duration_s &&
    (reserve === null || data.reserve_micros_per_hour === reserve);
}
