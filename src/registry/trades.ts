import type { MarketState } from "../market/market.ts";
import type { FeedEvent } from "../protocol/feed.ts";
import type { LeaseTrade } from "../store/price_bars.ts";

/** The leases that an event has opened, as the price history takes them; the state is after it. */
export function tradesOf(state: MarketState, event: FeedEvent): LeaseTrade[] {
  return openedLeases(event).flatMap((lease_id) => {
    const lease = state.leases.get(lease_id);
    const gpu = lease === undefined ? undefined : state.gpus.get(lease.gpu_id);
    if (lease === undefined || gpu === undefined) return [];
    const { price_micros_per_hour, duration_s } = lease;
    const { seq, at } = event;
    const chip = gpu.verdict?.class ?? gpu.gpu_type;
    return [{ seq, at, class: chip, price_micros_per_hour, duration_s }];
  });
}

function openedLeases(event: FeedEvent): string[] {
  switch (event.type) {
    case "lease.opened":
      return [event.data.lease_id];
    case "job.requeued":
      return event.data.opens === undefined ? [] : [event.data.opens.lease_id];
    case "bid.filled":
      return event.data.leases.map(({ lease_id }) => lease_id);
    case "auction.cleared":
      return event.data.fills.flatMap(({ leases }) => leases.map(({ lease_id }) => lease_id));
    default:
      return [];
  }
}
