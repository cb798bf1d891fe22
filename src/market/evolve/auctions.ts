import type { EventData } from "../../protocol/feed.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { numberOf } from "../ids.ts";
import { type Effects, note } from "../effects.ts";
import { queueMatch } from "../matches.ts";
import { mismatch, recordOf } from "../records.ts";
import type { Auction, MarketState } from "../state.ts";
import { closeBid, fillBid, type Place } from "./bids.ts";

export function auctionStarted(
  state: MarketState,
  data: EventData["auction.started"],
  at: number,
  effects: Effects,
): void {
  const { auction_id, gpu_ids, ends_at } = data;
  for (const gpu_id of gpu_ids) {
    const gpu = recordOf(state.gpus, gpu_id);
    if (gpu.lease_id !== null || gpu.auction_id !== null) throw mismatch(`${gpu_id} is not free`);
    gpu.auction_id = auction_id;
    queueMatch(state, gpu_id);
    note(effects, "changed_gpus", gpu_id);
  }
  state.auctions.set(auction_id, {
    ...data,
    state: "open",
    reason: null,
    started_at: at,
    ended_at: null,
    ended_seq: null,
    soft_close_ms: Math.min(LIMITS.soft_close_ms, ends_at - at),
    extensions: 0,
    bids: 0,
    best_bid_id: null,
    best_micros_per_hour: null,
    price_micros_per_hour: null,
    winners: [],
  });
  state.deadlines.add("auction_end", auction_id, ends_at);
  note(effects, "changed_auctions", auction_id);
}

export function auctionExtended(
  state: MarketState,
  { auction_id, ends_at }: EventData["auction.extended"],
  effects: Effects,
): void {
  const auction = auctionIn(state, auction_id, ["open"]);
  auction.ends_at = ends_at;
  auction.extensions++;
  state.deadlines.add("auction_end", auction_id, ends_at);
  note(effects, "changed_auctions", auction_id);
}

export function auctionClosed(
  state: MarketState,
  { auction_id }: EventData["auction.closed"],
  effects: Effects,
): void {
  auctionIn(state, auction_id, ["open"]).state = "closed";
  note(effects, "changed_auctions", auction_id);
}

export function auctionRevealed(
  state: MarketState,
  { auction_id, openings }: EventData["auction.revealed"],
  effects: Effects,
): void {
  auctionIn(state, auction_id, ["closed"]);
  for (const { bid_id, price_micros_per_hour } of openings) {
    const bid = recordOf(state.bids, bid_id);
    if (bid.auction_id !== auction_id || bid.price_micros_per_hour !== null) {
      throw mismatch(`${bid_id} can't be opened in ${auction_id}`);
    }
    bid.price_micros_per_hour = price_micros_per_hour;
    note(effects, "changed_bids", bid_id);
  }
}

/** The winners' leases begin; every other hold is released. */
export function auctionCleared(
  state: MarketState,
  data: EventData["auction.cleared"],
  place: Place,
  effects: Effects,
): void {
  const { auction_id, fills, dropped } = data;
  const auction = auctionIn(state, auction_id, ["open", "closed"]);
  const standing = new Set(state.auction_bids.get(auction_id));
  endAuction(state, auction, { state: "cleared", reason: data.reason }, place, effects);
  auction.price_micros_per_hour = data.price_micros_per_hour;
  for (const { bid_id, leases } of fills) {
    if (!standing.delete(bid_id)) throw mismatch(`${bid_id} is not in ${auction_id}`);
    const bid = recordOf(state.bids, bid_id);
    const lease_ids = fillBid(state, bid, leases, place.at, effects);
    auction.winners.push({ bid_id, bidder: bid.bidder, units: leases.length, lease_ids });
    closeBid(state, bid, { state: "filled", reason: null }, place, effects);
  }
  for (const { bid_id, reason } of dropped) {
    if (!standing.delete(bid_id)) throw mismatch(`${bid_id} is not in ${auction_id}`);
    closeBid(state, recordOf(state.bids, bid_id), { state: "dropped", reason }, place, effects);
  }
  for (const bid_id of standing) {
    closeBid(state, recordOf(state.bids, bid_id), { state: "lost", reason: null }, place, effects);
  }
}

/** No sale: every hold is released. */
export function auctionCancelled(
  state: MarketState,
  { auction_id, reason }: EventData["auction.cancelled"],
  place: Place,
  effects: Effects,
): void {
  const auction = auctionIn(state, auction_id, ["open", "closed"]);
  const standing = [...state.auction_bids.get(auction_id) ?? []];
  endAuction(state, auction, { state: "cancelled", reason }, place, effects);
  for (const bid_id of standing) {
    const bid = recordOf(state.bids, bid_id);
    closeBid(state, bid, { state: "dropped", reason }, place, effects);
  }
}

/** Frees the GPUs. What ends with an auction is archived in the order of the numbers in its ids. */
function endAuction(
  state: MarketState,
  auction: Auction,
  end: Pick<Auction, "state" | "reason">,
  { seq, at }: Place,
  effects: Effects,
): void {
  const { auction_id } = auction;
  auction.state = end.state;
  auction.reason = end.reason;
  auction.ended_at = at;
  auction.ended_seq = seq;
  const ended = [auction_id, ...state.auction_bids.get(auction_id) ?? []];
  for (const id of ended.sort((a, b) => numberOf(a) - numberOf(b))) state.archivable.push(id, at);
  for (const gpu_id of auction.gpu_ids) {
    const gpu = state.gpus.get(gpu_id);
    if (gpu === undefined) continue;
    gpu.auction_id = null;
    queueMatch(state, gpu_id);
    note(effects, "changed_gpus", gpu_id);
  }
  note(effects, "changed_auctions", auction_id);
}

function auctionIn(
  state: MarketState,
  auction_id: string,
  wanted: readonly Auction["state"][],
): Auction {
  const auction = recordOf(state.auctions, auction_id);
  if (!wanted.includes(auction.state)) throw mismatch(`${auction_id} is ${auction.state}`);
  return auction;
}
