import { clearSealed } from "../auction/second_price.ts";
import { NONE } from "../auction/limits.ts";
import { clearUniform } from "../auction/uniform.ts";
import { holdMicros } from "../base/money.ts";
import type { AuctionFormat } from "../protocol/auction.ts";

/** What an auction's outcome depends on besides its bids. */
export interface ClearingTerms {
  format: AuctionFormat;
  /** GPUs that can be let now. */
  units: number;
  reserve_micros_per_hour: number;
  duration_s: number;
}

/** A bid that stands at the close; its price is null if it was never opened. */
export interface ClearingBid {
  bid_id: string;
  price_micros_per_hour: number | null;
  quantity: number;
  /** Most that it may cost. */
  hold_micros: number;
}

/** An auction's outcome. */
export interface Clearing {
  /** What each unit costs an hour; null without a sale. */
  price_micros_per_hour: number | null;
  /** In the order of the bids. */
  awards: { bid_id: string; units: number }[];
  /** Bids that didn't count, with the reason. */
  dropped: { bid_id: string; reason: string }[];
  /** Why nothing was sold; null if something was. */
  reason: "gpu_gone" | "no_bids" | null;
}

type PricedBid = ClearingBid & { price_micros_per_hour: number };

/** Clears an auction by its bids in the order of their arrival. */
export function clearBids(terms: ClearingTerms, bids: readonly ClearingBid[]): Clearing {
  const counted: PricedBid[] = [];
  const dropped: Clearing["dropped"] = [];
  for (const bid of bids) {
    const reason = faultOf(terms, bid);
    if (reason !== null) dropped.push({ bid_id: bid.bid_id, reason });
    else if (isPriced(bid)) counted.push(bid);
  }
  if (terms.units === 0) return unsold(dropped, "gpu_gone");
  if (counted.length === 0) return unsold(dropped, "no_bids");
  const outcome = terms.format === "uniform" ? sellUnits(terms, counted) : sellOne(terms, counted);
  return { ...outcome, dropped, reason: null };
}

function unsold(dropped: Clearing["dropped"], reason: Clearing["reason"]): Clearing {
  return { price_micros_per_hour: null, awards: [], dropped, reason };
}

function isPriced(bid: ClearingBid): bid is PricedBid {
  return bid.price_micros_per_hour !== null;
}

/** Why a bid doesn't count, or null. */
function faultOf({ reserve_micros_per_hour, duration_s }: ClearingTerms, bid: ClearingBid) {
  const { price_micros_per_hour, quantity, hold_micros } = bid;
  if (price_micros_per_hour === null) return "unopened";
  if (holdMicros(price_micros_per_hour, duration_s) * quantity > hold_micros) return "cap_exceeded";
  return price_micros_per_hour < reserve_micros_per_hour ? "below_reserve" : null;
}

type Sale = Pick<Clearing, "price_micros_per_hour" | "awards">;

/** The winner of an English auction pays their own price, as in the first-price format. */
function sellOne(terms: ClearingTerms, bids: readonly PricedBid[]): Sale {
  const outcomes = { winners: new Uint32Array(1), prices: new Uint32Array(1) };
  const columns = { auctions: new Uint32Array(bids.length), prices: pricesOf(bids) };
  const format = terms.format === "second-price" ? "second-price" : "first-price";
  clearSealed(columns, Uint32Array.of(terms.reserve_micros_per_hour), format, outcomes);
  const winner = bids[outcomes.winners[0] ?? NONE];
  return {
    price_micros_per_hour: outcomes.prices[0] ?? null,
    awards: winner === undefined ? [] : [{ bid_id: winner.bid_id, units: 1 }],
  };
}

function sellUnits(terms: ClearingTerms, bids: readonly PricedBid[]): Sale {
  const fills = new Uint32Array(bids.length);
  const quantities = Uint32Array.from(bids, ({ quantity }) => quantity);
  const { price_micros } = clearUniform(
    pricesOf(bids),
    quantities,
    terms.units,
    terms.reserve_micros_per_hour,
    fills,
  );
  const awards = bids.map(({ bid_id }, row) => ({ bid_id, units: fills[row] ?? 0 }));
  return { price_micros_per_hour: price_micros, awards: awards.filter(({ units }) => units > 0) };
}

function pricesOf(bids: readonly PricedBid[]): Uint32Array {
  return Uint32Array.from(bids, ({ price_micros_per_hour }) => price_micros_per_hour);
}
