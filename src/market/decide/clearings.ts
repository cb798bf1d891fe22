import { HorizonError } from "../../base/errors.ts";
import { bidCommitment } from "../../protocol/bid_commitment.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { auctionCleared } from "../auction_cleared.ts";
import { clearingRound } from "../clearing_round.ts";
import type { Auction } from "../state.ts";
import { type Ask, checkIsNode, findAuction, findBid } from "./ask.ts";

/** Opens sealed bids of a closed auction; each must be the one that was committed to. */
export function reveal(ask: Ask, body: IntentBody<"auction.reveal">): EventDraft[] {
  const auction = findAuction(ask.state, body.auction_id);
  checkIsNode(ask, "open sealed bids");
  checkIsClosed(auction);
  const { auction_id } = auction;
  const opened = new Set<string>();
  for (const opening of body.openings) {
    const { bid_id } = opening;
    const bid = findBid(ask.state, bid_id);
    const isSealed = bid.auction_id === auction_id && bid.price_micros_per_hour === null;
    if (!isSealed || opened.has(bid_id)) {
      throw new HorizonError("bid_state", `${bid_id} is no sealed bid of ${auction_id}.`);
    }
    if (bidCommitment(auction_id, bid.bidder, opening) !== bid.commitment) {
      throw new HorizonError("bid_unopened", `The commitment of ${bid_id} has another opening.`);
    }
    opened.add(bid_id);
  }
  return [{ type: "auction.revealed", data: body }];
}

/** Clears a closed auction by the bids that are open by now. */
export function clear(ask: Ask, body: IntentBody<"auction.clear">): EventDraft[] {
  const auction = findAuction(ask.state, body.auction_id);
  checkIsNode(ask, "clear an auction");
  checkIsClosed(auction);
  return [auctionCleared(ask.state, auction, ask.seq, ask.at)];
}

/** A clearing round: class orders take the free GPUs. */
export function round(ask: Ask): EventDraft[] {
  checkIsNode(ask, "start a clearing round");
  const fills = clearingRound(ask.state, ask.seq, ask.at);
  const filled = fills.reduce((sum, { data }) => sum + data.leases.length, 0);
  return [...fills, { type: "market.cleared", data: { filled } }];
}

function checkIsClosed({ auction_id, state }: Auction): void {
  if (state === "closed") return;
  throw new HorizonError("auction_state", `${auction_id} is not to be cleared: it is ${state}.`, {
    details: { state },
  });
}
