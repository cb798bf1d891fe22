import { HorizonError } from "../base/errors.ts";
import { statusOf } from "./listing.ts";
import type { MarketState } from "./state.ts";

/**
 * Throws `data_corrupt` unless the records of a state that was read agree with each other: money sums
 * to zero, what is held is what live leases, open bids and complaints hold, and leases, auctions, GPUs, bids and
 * jobs point at each other.
 */
export function checkConsistent(state: MarketState): void {
  checkMoney(state);
  checkAuctions(state);
  checkBids(state);
  checkHomes(state);
  checkBadges(state);
  for (const { gpu_id, lease_id } of state.gpus.values()) {
    if (lease_id !== null && state.leases.get(lease_id)?.state !== "live") {
      throw corrupt(`${gpu_id} has no live lease ${lease_id}`);
    }
  }
  for (const { lease_id, gpu_id, state: is, ended_at, ended_seq } of state.leases.values()) {
    const isLive = is === "live";
    if (isLive !== (ended_at === null) || isLive !== (ended_seq === null)) {
      throw corrupt(`${lease_id} is ${is}, and its end says otherwise`);
    }
    if (isLive !== (state.gpus.get(gpu_id)?.lease_id === lease_id)) {
      throw corrupt(`${gpu_id} and ${lease_id} don't agree`);
    }
  }
  for (const { job_id, lease_id, ended_at, ended_seq, state: is } of state.jobs.values()) {
    const isOpen = is === "queued" || is === "assigned" || is === "running";
    if (isOpen !== (ended_at === null) || isOpen !== (ended_seq === null)) {
      throw corrupt(`${job_id} is ${is}, and its end says otherwise`);
    }
    if (isOpen && state.leases.get(lease_id)?.state !== "live") {
      throw corrupt(`${job_id} is unfinished on no live lease`);
    }
  }
}

function checkAuctions(state: MarketState): void {
  for (const { gpu_id, auction_id } of state.gpus.values()) {
    if (auction_id === null) continue;
    if (!state.auctions.get(auction_id)?.gpu_ids.includes(gpu_id)) {
      throw corrupt(`${gpu_id} has no auction ${auction_id}`);
    }
  }
  for (const auction of state.auctions.values()) {
    const { auction_id, gpu_ids, ended_at, ended_seq, best_bid_id } = auction;
    const isOver = auction.state === "cleared" || auction.state === "cancelled";
    if (isOver !== (ended_at !== null) || isOver !== (ended_seq !== null)) {
      throw corrupt(`${auction_id} is ${auction.state}, and its end says otherwise`);
    }
    for (const gpu_id of gpu_ids) {
      if (isOver === (state.gpus.get(gpu_id)?.auction_id === auction_id)) {
        throw corrupt(`${gpu_id} and ${auction_id} don't agree`);
      }
    }
    if (isOver || best_bid_id === null) continue;
    if (!state.auction_bids.get(auction_id)?.has(best_bid_id)) {
      throw corrupt(`the best bid of ${auction_id} doesn't stand in it`);
    }
  }
}

function checkBids(state: MarketState): void {
  for (const { bid_id, auction_id, ended_at, ended_seq, state: is } of state.bids.values()) {
    const isOpen = is === "resting" || is === "entered";
    if (isOpen !== (ended_at === null) || isOpen !== (ended_seq === null)) {
      throw corrupt(`${bid_id} is ${is}, and its end says otherwise`);
    }
    if (!isOpen) continue;
    const auction = auction_id === null ? undefined : state.auctions.get(auction_id);
    const isIn = auction?.state === "open" || auction?.state === "closed";
    if (isIn !== (is === "entered")) throw corrupt(`${bid_id} is ${is}, and in no such auction`);
  }
}

/** What moves is nothing else, and what has left is not here. */
function checkHomes(state: MarketState): void {
  for (const { gpu_id, status, arrival, lease_id, auction_id } of state.gpus.values()) {
    const isMoving = status === "moving";
    if (isMoving !== (arrival !== null)) {
      throw corrupt(`${gpu_id} is ${status}, and its arrival says otherwise`);
    }
    if (isMoving && (lease_id !== null || auction_id !== null)) {
      throw corrupt(`${gpu_id} is moving and in use`);
    }
    if (state.departures.has(gpu_id)) throw corrupt(`${gpu_id} has left and is here`);
  }
}

/** A GPU is expired where its badge is, and its time is counted where this market counts. */
function checkBadges({ gpus, settings }: MarketState): void {
  for (const gpu of gpus.values()) {
    const { gpu_id, status } = gpu;
    if ((status === "expired") !== (statusOf(gpu, settings) === "expired")) {
      throw corrupt(`${gpu_id} is ${status}, and its badge says otherwise`);
    }
    if ((gpu.counted_at === null) !== (settings.badge_life_ms === undefined)) {
      throw corrupt(`the time of ${gpu_id} is counted, and the settings say otherwise`);
    }
  }
}

function checkMoney(state: MarketState): void {
  const holds = new Map<string, number>();
  const add = (actor: string, micros: number) => holds.set(actor, (holds.get(actor) ?? 0) + micros);
  for (const { renter, hold_micros, state: is } of state.leases.values()) {
    if (is === "live") add(renter, hold_micros);
  }
  for (const { bidder, hold_micros } of state.bids.values()) add(bidder, hold_micros);
  for (const { complaint } of state.gpus.values()) {
    if (complaint !== null) add(complaint.actor, complaint.fee_micros);
  }
  let sum_micros = state.fees_micros + state.issuance_micros;
  for (const [actor, account] of state.accounts) {
    sum_micros += account.available_micros + account.held_micros + account.earned_micros;
    if (account.held_micros !== (holds.get(actor) ?? 0)) {
      throw corrupt(`${actor} holds another amount than its leases, bids and complaints do`);
    }
    holds.delete(actor);
  }
  if (holds.size > 0) throw corrupt("a renter or bidder has no account");
  if (sum_micros !== 0) throw corrupt(`all money sums to ${sum_micros}`);
}

function corrupt(what: string): HorizonError {
  return new HorizonError(
    "data_corrupt",
    `The snapshot of the market contradicts itself: ${what}.`,
  );
}
