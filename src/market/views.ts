import type { AuctionView, BidView } from "../protocol/auction.ts";
import type { GpuView } from "../protocol/gpu.ts";
import type { JobView } from "../protocol/job.ts";
import type { LeaseView } from "../protocol/lease.ts";
import type { WalletView } from "../protocol/wallet.ts";
import { badgeEndsAt } from "./listing.ts";
import { costAt, meteredSeconds } from "./metering.ts";
import { reputation } from "./reputation.ts";
import {
  type Auction,
  type Bid,
  type Gpu,
  isFree,
  isOnline,
  type Job,
  type Lease,
  type MarketState,
} from "./state.ts";

/** A GPU as listings and reads show it. */
export function gpuView(state: MarketState, gpu: Gpu): GpuView {
  return {
    gpu_id: gpu.gpu_id,
    owner: gpu.owner,
    gpu_type: gpu.gpu_type,
    vram_gb: gpu.vram_gb,
    price_micros_per_hour: gpu.price_micros_per_hour,
    status: gpu.status,
    verdict: gpu.verdict,
    online: isOnline(state, gpu),
    available: isFree(state, gpu),
    lease_id: gpu.lease_id,
    auction_id: gpu.auction_id,
    adapter: gpu.adapter,
    performance: gpu.performance,
    kinds: [...gpu.kinds],
    registered_at: gpu.registered_at,
    proven_at: gpu.proven_at,
    home: state.node,
    home_epoch: gpu.home_epoch,
    arrives_at: gpu.arrival?.at ?? null,
    ...(state.settings.badge_life_ms === undefined ? {} : {
      badge_ends_at: badgeEndsAt(gpu, state.settings),
      reputation: reputation(gpu.counters),
    }),
  };
}

/** A lease as reads show it, a live one metered up to the last event. */
export function leaseView(state: MarketState, lease: Lease): LeaseView {
  const isLive = lease.state === "live";
  return {
    lease_id: lease.lease_id,
    gpu_id: lease.gpu_id,
    renter: lease.renter,
    owner: lease.owner,
    price_micros_per_hour: lease.price_micros_per_hour,
    duration_s: lease.duration_s,
    hold_micros: lease.hold_micros,
    state: lease.state,
    reason: lease.reason,
    started_at: lease.started_at,
    ends_at: lease.ends_at,
    ended_at: lease.ended_at,
    metered_s: meteredSeconds(lease, state.at),
    cost_micros: isLive ? costAt(lease, state.at) : lease.cost_micros,
  };
}

/** A job as reads show it. */
export function jobView(job: Job): JobView {
  const { overdue_at: _deadline, ended_seq: _place, ...shown } = job;
  return { ...shown, failed_on: [...job.failed_on], statements: [...job.statements] };
}

/** An auction as reads show it. */
export function auctionView(auction: Auction): AuctionView {
  const { soft_close_ms: _length, extensions: _times, ended_seq: _place, ...rest } = auction;
  const { best_bid_id: _best, ...shown } = rest;
  return shown;
}

/** A bid as reads show it: a sealed one without its price until it is opened. */
export function bidView(bid: Bid): BidView {
  const { ended_seq: _place, ...shown } = bid;
  return { ...shown, lease_ids: [...bid.lease_ids] };
}

/** An actor's money; zeros for one without an account. */
export function walletView(state: MarketState, actor: string): WalletView {
  const account = state.accounts.get(actor);
  return {
    actor,
    available_micros: account?.available_micros ?? 0,
    held_micros: account?.held_micros ?? 0,
    earned_micros: account?.earned_micros ?? 0,
  };
}
