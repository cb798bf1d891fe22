import type { EventData, FeedEvent, LeaseOpening } from "../../protocol/feed.ts";
import { bulkHoldMicros, decodeBulkBids } from "../../protocol/bulk_bids.ts";
import { addPostings, type Effects, note } from "../effects.ts";
import { addTo, removeFrom } from "../index_sets.ts";
import { holdPostings, releasePostings } from "../ledger.ts";
import { queueMatch } from "../matches.ts";
import { mismatch, recordOf } from "../records.ts";
import type { Bid, MarketState } from "../state.ts";
import { openLease } from "./leases.ts";

/** Where an event stands in the feed. */
export interface Place {
  seq: number;
  at: number;
}

export function bidPlaced(
  state: MarketState,
  data: EventData["bid.placed"],
  at: number,
  effects: Effects,
): void {
  const isResting = data.auction_id === null;
  const bid: Bid = {
    ...data,
    commitment: null,
    filled: 0,
    state: isResting ? "resting" : "entered",
    reason: null,
    placed_at: at,
    ended_at: null,
    ended_seq: null,
    lease_ids: [],
  };
  addBid(state, bid, effects);
  indexBid(state, bid);
  if (data.auction_id !== null) joinAuction(state, bid, data.auction_id, effects);
}

/** The class orders of a bulk, as if each had been placed alone; their money is held as one. */
export function bidsPlaced(
  state: MarketState,
  { data, at, intent: carried }: Extract<FeedEvent, { type: "bids.placed" }>,
  effects: Effects,
): void {
  const intent = carried?.intent;
  if (intent?.type !== "bid.bulk") throw mismatch(`${data.bid_id} comes without its bids`);
  const { where, bids } = intent.body;
  let held_micros = 0;
  for (const [i, order] of decodeBulkBids(bids).entries()) {
    const { price_micros_per_hour, duration_s, quantity } = order;
    const hold_micros = bulkHoldMicros(order);
    const bid: Bid = {
      bid_id: `${data.bid_id}-${i + 1}`,
      bidder: data.bidder,
      gpu_id: null,
      where: where[order.where] ?? "",
      auction_id: null,
      price_micros_per_hour,
      commitment: null,
      quantity,
      filled: 0,
      duration_s,
      hold_micros,
      state: "resting",
      reason: null,
      placed_at: at,
      expires_at: data.expires_at,
      ended_at: null,
      ended_seq: null,
      lease_ids: [],
    };
    state.bids.set(bid.bid_id, bid);
    indexBid(state, bid);
    note(effects, "changed_bids", bid.bid_id);
    held_micros += hold_micros;
  }
  if (held_micros !== data.hold_micros) throw mismatch(`${data.bid_id} holds another amount`);
  effects.postings = holdPostings(state, data.bidder, held_micros);
}

export function bidSealed(
  state: MarketState,
  data: EventData["bid.sealed"],
  at: number,
  effects: Effects,
): void {
  const { duration_s, gpu_ids } = recordOf(state.auctions, data.auction_id);
  const bid: Bid = {
    ...data,
    gpu_id: gpu_ids[0] ?? null,
    where: null,
    price_micros_per_hour: null,
    duration_s,
    filled: 0,
    state: "entered",
    reason: null,
    placed_at: at,
    expires_at: null,
    ended_at: null,
    ended_seq: null,
    lease_ids: [],
  };
  addBid(state, bid, effects);
  indexBid(state, bid);
  joinAuction(state, bid, data.auction_id, effects);
}

export function bidEntered(
  state: MarketState,
  { bid_id, auction_id, duration_s, hold_micros }: EventData["bid.entered"],
  effects: Effects,
): void {
  const bid = recordOf(state.bids, bid_id);
  if (bid.state !== "resting" || bid.gpu_id === null) throw mismatch(`${bid_id} is ${bid.state}`);
  unrest(state, bid);
  const more_micros = hold_micros - bid.hold_micros;
  effects.postings = more_micros > 0
    ? holdPostings(state, bid.bidder, more_micros)
    : releasePostings(bid.bidder, -more_micros);
  bid.state = "entered";
  bid.auction_id = auction_id;
  bid.duration_s = duration_s;
  bid.hold_micros = hold_micros;
  indexBid(state, bid);
  joinAuction(state, bid, auction_id, effects);
  note(effects, "changed_bids", bid_id);
}

/** A class order whose quantity isn't reached goes on resting. */
export function bidFilled(
  state: MarketState,
  { bid_id, leases }: EventData["bid.filled"],
  place: Place,
  effects: Effects,
): void {
  const bid = recordOf(state.bids, bid_id);
  if (bid.state !== "resting") throw mismatch(`${bid_id} is ${bid.state}`);
  const unit_micros = bid.hold_micros / (bid.quantity - bid.filled);
  const left_micros = bid.hold_micros - unit_micros * leases.length;
  const spent_micros = leases.reduce((sum, { hold_micros }) => sum + hold_micros, 0);
  const saved_micros = unit_micros * leases.length - spent_micros;
  addPostings(effects, releasePostings(bid.bidder, saved_micros));
  bid.hold_micros = left_micros + spent_micros;
  fillBid(state, bid, leases, place.at, effects);
  if (bid.filled > bid.quantity) throw mismatch(`${bid_id} is filled beyond its quantity`);
  if (bid.filled < bid.quantity) {
    note(effects, "changed_bids", bid_id);
    return;
  }
  state.archivable.push(bid_id, place.at);
  closeBid(state, bid, { state: "filled", reason: null }, place, effects);
}

export function bidEnded(
  state: MarketState,
  { bid_id, state: end, reason }: EventData["bid.ended"],
  place: Place,
  effects: Effects,
): void {
  const bid = recordOf(state.bids, bid_id);
  if (bid.ended_at !== null) throw mismatch(`${bid_id} has ended`);
  if (bid.auction_id !== null) leaveAuction(state, bid, bid.auction_id);
  state.archivable.push(bid_id, place.at);
  closeBid(state, bid, { state: end, reason }, place, effects);
}

/** Opens leases out of a bid's hold, which shrinks by theirs; returns their ids. */
export function fillBid(
  state: MarketState,
  bid: Bid,
  leases: readonly LeaseOpening[],
  at: number,
  effects: Effects,
): string[] {
  const { bidder: renter, duration_s } = bid;
  for (const opening of leases) {
    const { owner } = recordOf(state.gpus, opening.gpu_id);
    openLease(state, opening, { renter, owner, duration_s }, at, effects);
    bid.hold_micros -= opening.hold_micros;
    bid.lease_ids.push(opening.lease_id);
  }
  bid.filled += leases.length;
  return leases.map(({ lease_id }) => lease_id);
}

/** Ends a bid, and releases what it still holds. The caller notes it for the archive. */
export function closeBid(
  state: MarketState,
  bid: Bid,
  end: Pick<Bid, "state" | "reason">,
  { seq, at }: Place,
  effects: Effects,
): void {
  if (bid.state === "resting") unrest(state, bid);
  if (bid.auction_id !== null) removeFrom(state.auction_bids, bid.auction_id, bid.bid_id);
  removeFrom(state.open_bids, bid.bidder, bid.bid_id);
  addPostings(effects, releasePostings(bid.bidder, bid.hold_micros));
  bid.hold_micros = 0;
  bid.state = end.state;
  bid.reason = end.reason;
  bid.ended_at = at;
  bid.ended_seq = seq;
  note(effects, "changed_bids", bid.bid_id);
}

function addBid(state: MarketState, bid: Bid, effects: Effects): void {
  state.bids.set(bid.bid_id, bid);
  effects.postings = holdPostings(state, bid.bidder, bid.hold_micros);
  note(effects, "changed_bids", bid.bid_id);
}

/** Enters an open bid into the indexes that lead to it. */
export function indexBid(state: MarketState, bid: Bid): void {
  const { bid_id, gpu_id, auction_id, price_micros_per_hour, expires_at } = bid;
  addTo(state.open_bids, bid.bidder, bid_id);
  if (auction_id !== null) return addTo(state.auction_bids, auction_id, bid_id);
  if (price_micros_per_hour === null) throw mismatch(`${bid_id} rests without a price`);
  if (gpu_id === null) state.orders.add(bid_id);
  else {
    state.resting.add(gpu_id, bid_id, price_micros_per_hour);
    queueMatch(state, gpu_id);
  }
  if (expires_at !== null) state.deadlines.add("bid_expiry", bid_id, expires_at);
}

/** Takes a resting bid out of its index; the next one on its GPU may have its turn. */
function unrest(state: MarketState, { bid_id, gpu_id, price_micros_per_hour }: Bid): void {
  state.orders.delete(bid_id);
  if (gpu_id === null || price_micros_per_hour === null) return;
  state.resting.remove(gpu_id, bid_id, price_micros_per_hour);
  queueMatch(state, gpu_id);
}

function joinAuction(state: MarketState, bid: Bid, auction_id: string, effects: Effects): void {
  const auction = recordOf(state.auctions, auction_id);
  if (auction.state !== "open") throw mismatch(`${auction_id} is ${auction.state}`);
  auction.bids++;
  if (auction.format === "english") {
    if (auction.best_bid_id !== null) throw mismatch(`${auction_id} has a best bid`);
    auction.best_bid_id = bid.bid_id;
    auction.best_micros_per_hour = bid.price_micros_per_hour;
  }
  note(effects, "changed_auctions", auction_id);
}

/** Only the best bid of an English auction leaves it before the close: it is outbid. */
function leaveAuction(state: MarketState, { bid_id }: Bid, auction_id: string): void {
  const auction = recordOf(state.auctions, auction_id);
  if (auction.best_bid_id !== bid_id) throw mismatch(`${bid_id} stands in ${auction_id}`);
  auction.best_bid_id = null;
  auction.best_micros_per_hour = null;
}
