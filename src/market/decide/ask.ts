import { HorizonError } from "../../base/errors.ts";
import { formatDollars } from "../../base/money.ts";
import { spendableMicros } from "../ledger.ts";
import type { Auction, Bid, Departure, Gpu, Job, Lease, MarketState } from "../state.ts";

/** An intent's circumstances. */
export interface Ask {
  state: MarketState;
  actor: string;
  at: number;
  /** What the seq of its first event will be. */
  seq: number;
  /** Credit that the actor gets by the same decision. */
  welcome_micros: number;
}

/** Throws `gpu_not_found`, or `gpu_moved` for one that has left. */
export function findGpu(state: MarketState, gpu_id: string): Gpu {
  const gpu = state.gpus.get(gpu_id);
  if (gpu !== undefined) return gpu;
  const departure = state.departures.get(gpu_id);
  if (departure !== undefined) throw hasMoved(departure);
  throw new HorizonError("gpu_not_found", `There is no GPU ${gpu_id} at this registry.`, {
    fix: "See those there are: horizon list-gpus --all",
  });
}

/** What a GPU that has left is refused with. */
export function hasMoved({ gpu_id, to, home_epoch, seq }: Departure): HorizonError {
  return new HorizonError("gpu_moved", `${gpu_id} has moved to the registry ${to}.`, {
    fix: `Name it there: ${gpu_id}@${to}`,
    details: { to, home_epoch, seq },
  });
}

/** Throws `lease_not_found`; a lease that was archived is none any more. */
export function findLease(state: MarketState, lease_id: string): Lease {
  const lease = state.leases.get(lease_id);
  if (lease !== undefined) return lease;
  throw new HorizonError("lease_not_found", `There is no lease ${lease_id} under way here.`, {
    fix: "See yours: horizon lease list",
  });
}

/** Throws `job_not_found`; a job that was archived is none any more. */
export function findJob(state: MarketState, job_id: string): Job {
  const job = state.jobs.get(job_id);
  if (job !== undefined) return job;
  throw new HorizonError("job_not_found", `There is no job ${job_id} under way here.`);
}

/** Throws `auction_not_found`; an auction that was archived is none any more. */
export function findAuction(state: MarketState, auction_id: string): Auction {
  const auction = state.auctions.get(auction_id);
  if (auction !== undefined) return auction;
  throw new HorizonError("auction_not_found", `There is no auction ${auction_id} under way here.`, {
    fix: "See those there are: horizon auction list",
  });
}

/** Throws `bid_not_found`; a bid that was archived is none any more. */
export function findBid(state: MarketState, bid_id: string): Bid {
  const bid = state.bids.get(bid_id);
  if (bid !== undefined) return bid;
  throw new HorizonError("bid_not_found", `There is no bid ${bid_id} under way here.`, {
    fix: "See yours: horizon bid list",
  });
}

/** Throws `forbidden` unless the intent is the registry's own. */
export function checkIsNode(ask: Ask, what: string): void {
  if (ask.actor === ask.state.node) return;
  throw new HorizonError("forbidden", `Only the registry itself may ${what}.`);
}

/** Throws `forbidden` unless the actor is the one whose right it is. */
export function checkIs(ask: Ask, whose: string, message: string): void {
  if (ask.actor !== whose) throw new HorizonError("forbidden", message);
}

/** What a GPU on auction refuses; the fix is a command. */
export function onAuction(auction_id: string, gpu_id: string, command: string): HorizonError {
  return new HorizonError("gpu_on_auction", `${gpu_id} is on auction: ${auction_id}.`, {
    fix: `Wait until it is over, or: horizon ${command}`,
    details: { auction_id },
  });
}

/**
 * Throws `insufficient_funds` unless the actor can spend the amount. `freed_micros` is what the same
 * decision releases to them.
 */
export function checkMoney(ask: Ask, needed_micros: number, freed_micros = 0): void {
  const { state, actor, welcome_micros } = ask;
  const spendable_micros = spendableMicros(state, actor) + welcome_micros + freed_micros;
  if (spendable_micros >= needed_micros) return;
  const missing_micros = needed_micros - spendable_micros;
  const message = `This needs ${formatDollars(needed_micros)}, and you can spend ` +
    `${formatDollars(spendable_micros)}: ${formatDollars(missing_micros)} are missing.`;
  throw new HorizonError("insufficient_funds", message, {
    fix: "Take a shorter time, or have the registry's operator credit your wallet.",
    details: { needed_micros, spendable_micros, missing_micros },
  });
}
