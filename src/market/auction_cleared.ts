import type { EventDraft, Fill } from "../protocol/feed.ts";
import { clearBids } from "./clearing.ts";
import { leaseOpenings } from "./lease_openings.ts";
import { bidsOfAuction } from "./lookups.ts";
import { recordOf } from "./records.ts";
import { type Auction, type Gpu, isOnline, type MarketState } from "./state.ts";

/**
 * The clearing of an auction by the event `seq`. Units whose GPU can't be let now are not sold; the
 * others go to the winners in the order of the bids.
 */
export function auctionCleared(
  state: MarketState,
  auction: Auction,
  seq: number,
  at: number,
): EventDraft {
  const { auction_id, duration_s } = auction;
  const gpus = auction.gpu_ids.map((gpu_id) => recordOf(state.gpus, gpu_id))
    .filter((gpu) => canBeLet(state, gpu));
  const outcome = clearBids(
    { ...auction, units: gpus.length },
    bidsOfAuction(state, auction_id),
  );
  const price_micros_per_hour = outcome.price_micros_per_hour;
  const fills: Fill[] = [];
  let let_gpus = 0;
  for (const { bid_id, units } of outcome.awards) {
    const terms = { price_micros_per_hour: price_micros_per_hour ?? 0, duration_s, at };
    const taken = gpus.slice(let_gpus, let_gpus + units);
    fills.push({ bid_id, leases: leaseOpenings(seq, taken, terms, let_gpus) });
    let_gpus += units;
  }
  const { dropped, reason } = outcome;
  const data = { auction_id, price_micros_per_hour, fills, dropped, reason };
  return { type: "auction.cleared", data };
}

/** A GPU on auction is leased to nobody, but may have gone offline or lost its listing. */
function canBeLet(state: MarketState, gpu: Gpu): boolean {
  return gpu.status === "listed" && isOnline(state, gpu);
}
