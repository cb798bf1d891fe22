import { holdMicros } from "../base/money.ts";
import type { EventDraft } from "../protocol/feed.ts";
import { LIMITS } from "../protocol/limits.ts";
import { leaseOpenings } from "./lease_openings.ts";
import { spendableMicros } from "./ledger.ts";
import { recordOf } from "./records.ts";
import { type Auction, type Bid, isFree, type MarketState } from "./state.ts";

/** Has `nextMatch` look at a GPU: it may be free or cheaper now, on auction, or gone. */
export function queueMatch(state: MarketState, gpu_id: string): void {
  if (state.resting.best(gpu_id) !== undefined) state.matches.add(gpu_id);
}

/**
 * What the resting bids come to as things stand, one event a call; null if nothing is to be done. It
 * follows from the records alone: a GPU that was queued for nothing is dropped from the queue.
 */
export function nextMatch(state: MarketState): EventDraft | null {
  for (;;) {
    const gpu_id = state.matches.peek();
    if (gpu_id === undefined) return null;
    const draft = matchOf(state, gpu_id);
    if (draft !== null) return draft;
    state.matches.drop();
  }
}

/** What a GPU's best resting bid comes to. */
function matchOf(state: MarketState, gpu_id: string): EventDraft | null {
  const bid_id = state.resting.best(gpu_id);
  if (bid_id === undefined) return null;
  const bid = recordOf(state.bids, bid_id);
  const gpu = state.gpus.get(gpu_id);
  if (gpu === undefined) return dropped(bid, "gpu_gone");
  if (gpu.owner === bid.bidder && state.settings.mode === "served") return dropped(bid, "own_gpu");
  if (gpu.auction_id !== null) return entryOf(state, bid, recordOf(state.auctions, gpu.auction_id));
  if (!isFree(state, gpu) || (bid.price_micros_per_hour ?? 0) < gpu.price_micros_per_hour) {
    return null;
  }
  const leases = leaseOpenings(state.seq + 1, [gpu], {
    price_micros_per_hour: gpu.price_micros_per_hour,
    duration_s: bid.duration_s,
    at: state.at,
  });
  return { type: "bid.filled", data: { bid_id, leases } };
}

/** How a resting bid enters an open auction of its GPU: an English one only while it has no bid. */
function entryOf(state: MarketState, bid: Bid, auction: Auction): EventDraft | null {
  const price_micros = bid.price_micros_per_hour ?? 0;
  const { auction_id, duration_s } = auction;
  if (auction.state !== "open" || price_micros < auction.reserve_micros_per_hour) return null;
  if (auction.format === "english" && auction.best_bid_id !== null) return null;
  if (auction.bids >= LIMITS.auction_bids) return null;
  const hold_micros = holdMicros(price_micros, duration_s);
  if (hold_micros > bid.hold_micros + spendableMicros(state, bid.bidder)) {
    return dropped(bid, "insufficient_funds");
  }
  const { bid_id } = bid;
  return { type: "bid.entered", data: { bid_id, auction_id, duration_s, hold_micros } };
}

function dropped({ bid_id }: Bid, reason: string): EventDraft {
  return { type: "bid.ended", data: { bid_id, state: "dropped", reason } };
}
