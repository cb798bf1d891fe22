import { HorizonError } from "../../base/errors.ts";
import { formatDollars, holdMicros } from "../../base/money.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import { bulkHoldMicros, decodeBulkBids } from "../../protocol/bulk_bids.ts";
import { compileFilter } from "../../protocol/filter.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { leastEnglishBid } from "../lookups.ts";
import { recordOf } from "../records.ts";
import type { Auction } from "../state.ts";
import { type Ask, checkIs, checkMoney, findAuction, findBid, findGpu } from "./ask.ts";
import { checkIsOpen } from "./auctions.ts";

type Placing = IntentBody<"bid.place">;

/** An open bid: into the GPU's English auction, or at rest on a GPU or on a class. */
export function place(ask: Ask, body: Placing): EventDraft[] {
  const { gpu_id, where } = body;
  if ((gpu_id === null) === (where === null)) {
    throw invalid("where", "A bid is either for one GPU or for a class.");
  }
  checkExpiry(ask, body);
  if (gpu_id === null) return order(ask, body);
  if (body.quantity !== 1) throw invalid("quantity", `There is one ${gpu_id}.`);
  const gpu = findGpu(ask.state, gpu_id);
  checkIsOthers(ask, gpu.owner, gpu_id);
  const auction = gpu.auction_id === null ? null : recordOf(ask.state.auctions, gpu.auction_id);
  if (auction?.state === "open") return raise(ask, body, auction);
  checkRoom(ask);
  return [restingBid(ask, body)];
}

/** A class order: it waits for the next clearing round. */
function order(ask: Ask, body: Placing): EventDraft[] {
  compileFilter(body.where ?? "");
  if (ask.state.orders.size >= LIMITS.orders) throw full("orders rest here", LIMITS.orders);
  checkRoom(ask);
  return [restingBid(ask, body)];
}

/** Class orders in bulk, all or none. */
export function placeBulk(ask: Ask, body: IntentBody<"bid.bulk">): EventDraft[] {
  const { state, actor, at } = ask;
  for (const where of body.where) compileFilter(where);
  checkExpiry(ask, body);
  const bids = decodeBulkBids(body.bids);
  if (state.orders.size + bids.length > LIMITS.orders) {
    throw full("orders rest here", LIMITS.orders);
  }
  checkRoom(ask, bids.length);
  const hold_micros = bids.reduce((sum, bid) => sum + bulkHoldMicros(bid), 0);
  checkMoney(ask, hold_micros);
  const data = {
    bid_id: `bid_${ask.seq}`,
    bidder: actor,
    count: bids.length,
    hold_micros,
    expires_at: body.expires_at ?? at + LIMITS.bid_life_max_ms,
  };
  return [{ type: "bids.placed", data }];
}

function restingBid(ask: Ask, body: Placing): EventDraft {
  const { duration_s, quantity, price_micros_per_hour } = body;
  if (duration_s === null) throw invalid("duration_s", "A bid that rests must say for how long.");
  const hold_micros = holdMicros(price_micros_per_hour, duration_s) * quantity;
  checkMoney(ask, hold_micros);
  const data = {
    ...body,
    bid_id: `bid_${ask.seq}`,
    bidder: ask.actor,
    auction_id: null,
    duration_s,
    hold_micros,
    expires_at: body.expires_at ?? ask.at + LIMITS.bid_life_max_ms,
  };
  return { type: "bid.placed", data };
}

/** An English bid: the one that it beats ends, and a late one extends the auction. */
function raise(ask: Ask, body: Placing, auction: Auction): EventDraft[] {
  const { price_micros_per_hour } = body;
  const { auction_id, duration_s } = auction;
  if (auction.format !== "english") {
    throw new HorizonError("sealed_auction", `${auction_id} takes sealed bids.`, {
      fix: "Seal the bid for it.",
      details: { auction_id, format: auction.format },
    });
  }
  if (body.duration_s !== null && body.duration_s !== duration_s) {
    throw invalid("duration_s", `${auction_id} is for ${duration_s} seconds.`);
  }
  checkRoom(ask);
  checkAuctionRoom(auction);
  checkBeatsBest(auction, price_micros_per_hour);
  const best = auction.best_bid_id === null ? null : findBid(ask.state, auction.best_bid_id);
  const hold_micros = holdMicros(price_micros_per_hour, duration_s);
  checkMoney(ask, hold_micros, best?.bidder === ask.actor ? best.hold_micros : 0);
  const drafts = extension(ask, auction);
  if (best !== null) {
    const data = { bid_id: best.bid_id, state: "outbid", reason: null } as const;
    drafts.push({ type: "bid.ended", data });
  }
  const data = {
    ...body,
    bid_id: `bid_${ask.seq + drafts.length}`,
    bidder: ask.actor,
    auction_id,
    duration_s,
    hold_micros,
    expires_at: null,
  };
  return [...drafts, { type: "bid.placed", data }];
}

function checkBeatsBest(auction: Auction, price_micros_per_hour: number): void {
  const least_micros_per_hour = leastEnglishBid(auction);
  if (price_micros_per_hour >= least_micros_per_hour) return;
  const message = `${auction.auction_id} takes bids from ` +
    `${formatDollars(least_micros_per_hour)} an hour on.`;
  throw new HorizonError("below_reserve", message, { details: { least_micros_per_hour } });
}

/** The soft close: a late bid leaves the others time to answer it. */
function extension({ at }: Ask, auction: Auction): EventDraft[] {
  const { auction_id, soft_close_ms } = auction;
  const ends_at = at + soft_close_ms;
  if (ends_at <= auction.ends_at || auction.extensions >= LIMITS.soft_close_extensions) return [];
  return [{ type: "auction.extended", data: { auction_id, ends_at } }];
}

/** A sealed bid: nothing but its commitment and the most that it may cost. */
export function seal(ask: Ask, body: IntentBody<"bid.seal">): EventDraft[] {
  const auction = findAuction(ask.state, body.auction_id);
  const { auction_id, owner, format, units } = auction;
  checkIsOthers(ask, owner, auction_id);
  if (format === "english") {
    throw new HorizonError("auction_state", `${auction_id} takes open bids.`, {
      details: { format },
    });
  }
  checkIsOpen(auction);
  if (body.quantity > units) {
    throw invalid("quantity", `${auction_id} has ${units} ${units === 1 ? "unit" : "units"}.`);
  }
  checkRoom(ask);
  checkAuctionRoom(auction);
  checkMoney(ask, body.hold_micros);
  const data = { ...body, bid_id: `bid_${ask.seq}`, bidder: ask.actor };
  return [{ type: "bid.sealed", data }];
}

/** Takes back a bid that rests. One that stands in an auction is binding. */
export function cancel(ask: Ask, body: IntentBody<"bid.cancel">): EventDraft[] {
  const { bid_id, bidder, state } = findBid(ask.state, body.bid_id);
  checkIs(ask, bidder, `Only its bidder may cancel ${bid_id}.`);
  if (state !== "resting") {
    throw new HorizonError("bid_state", `${bid_id} does not rest: it is ${state}.`, {
      details: { state },
    });
  }
  return [{ type: "bid.ended", data: { bid_id, state: "cancelled", reason: null } }];
}

function checkIsOthers({ state, actor }: Ask, owner: string, what: string): void {
  if (owner !== actor || state.settings.mode === "embedded") return;
  throw new HorizonError("own_gpu", `${what} is your own: you can't bid on it.`);
}

function checkExpiry({ at }: Ask, { expires_at }: { expires_at: number | null }): void {
  if (expires_at === null || (expires_at > at && expires_at <= at + LIMITS.bid_life_max_ms)) return;
  throw invalid("expires_at", "A bid expires in the future, and in at most 90 days.");
}

function checkRoom({ state, actor }: Ask, wanted = 1): void {
  const count = state.open_bids.get(actor)?.size ?? 0;
  if (count + wanted > LIMITS.bids_per_actor) {
    throw full("of your bids are open", LIMITS.bids_per_actor);
  }
}

function checkAuctionRoom({ auction_id, bids }: Auction): void {
  if (bids >= LIMITS.auction_bids) throw full(`bids are in ${auction_id}`, LIMITS.auction_bids);
}

function full(what: string, limit: number): HorizonError {
  return new HorizonError("limit_reached", `${limit} ${what} already.`, { details: { limit } });
}

function invalid(field: string, message: string): HorizonError {
  return new HorizonError("invalid_input", message, { details: { field } });
}
