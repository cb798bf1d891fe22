import { HorizonError } from "../base/errors.ts";
import { formatDollars, holdMicros } from "../base/money.ts";
import { type Auction, type MarketState, seen, walletView } from "../market/market.ts";
import type { SecretOpening } from "../protocol/auction.ts";
import type { Intent } from "../protocol/intent.ts";
import type { SealedOpenings } from "./sealed_openings.ts";
import type { Sequencer } from "./sequencer.ts";

/**
 * A sealed bid's opening, before the bid: kept for the auction if the bid could win there. Returns its
 * commitment once it is durable. No error names the price: errors may be shown and logged. Throws
 * `auction_not_found`, `own_gpu`, `auction_state`, `below_reserve`, `insufficient_funds`, and what
 * `SealedOpenings.keep` does.
 */
export async function takeOpening(
  bidder: string,
  secret: SecretOpening,
  { sequencer, openings }: { sequencer: Sequencer; openings: SealedOpenings },
): Promise<string> {
  const { state } = sequencer;
  const { auction_id, price_micros_per_hour } = secret;
  const auction = state.auctions.get(auction_id);
  if (auction === undefined) {
    throw new HorizonError(
      "auction_not_found",
      `There is no auction ${auction_id} under way here.`,
    );
  }
  if (auction.owner === bidder && state.settings.mode === "served") {
    throw new HorizonError("own_gpu", `${auction_id} sells your own GPU.`);
  }
  checkOpen(auction, sequencer.now());
  if (price_micros_per_hour < auction.reserve_micros_per_hour) {
    const { reserve_micros_per_hour } = auction;
    const reserve = formatDollars(reserve_micros_per_hour);
    throw new HorizonError("below_reserve", `${auction_id} sells for ${reserve} an hour or more.`, {
      details: { reserve_micros_per_hour },
    });
  }
  if (spendable(state, bidder) < holdMicros(price_micros_per_hour, auction.duration_s)) {
    throw new HorizonError("insufficient_funds", "The bid is above the money you can spend.", {
      fix: "See yours: horizon wallet balance",
    });
  }
  return await openings.keep(bidder, secret);
}

/**
 * Before a sealed bid is sequenced: the registry has its opening, and its hold covers what it can
 * cost. The refusals stay out of the feed, which would tell of the price. Throws `bid_unopened` or
 * `cap_exceeded`; everything else is the market's to refuse.
 */
export function checkSealed(
  intent: Intent,
  { sequencer, openings }: { sequencer: Sequencer; openings: SealedOpenings },
): void {
  if (intent.type !== "bid.seal") return;
  const { auction_id, commitment, quantity, hold_micros } = intent.body;
  const { state } = sequencer;
  const auction = state.auctions.get(auction_id);
  const isAnswered = seen(state, intent.actor, intent.id) !== undefined;
  if (isAnswered || auction?.state !== "open" || auction.format === "english") return;
  const opening = openings.find(auction_id, commitment);
  if (opening?.bidder !== intent.actor) {
    throw new HorizonError("bid_unopened", "The registry has no opening of that commitment.", {
      fix: `Post it first, to /v1/auctions/${auction_id}/openings.`,
    });
  }
  const cost_micros = quantity * holdMicros(opening.price_micros_per_hour, auction.duration_s);
  if (cost_micros > hold_micros) {
    throw new HorizonError("cap_exceeded", "The bid can cost more than it would hold.", {
      fix: "Hold at least its price, times the hours, times the quantity.",
    });
  }
}

function checkOpen({ auction_id, format, state, ends_at }: Auction, now: number): void {
  if (format === "english") {
    throw new HorizonError("auction_state", `${auction_id} takes open bids.`, {
      fix: "Bid openly: nothing is sealed there.",
    });
  }
  if (state !== "open" || ends_at <= now) {
    throw new HorizonError("auction_state", `${auction_id} takes no more bids.`);
  }
}

/** What an actor can spend; one that was never seen gets the welcome credit with the bid itself. */
function spendable(state: MarketState, actor: string): number {
  if (!state.accounts.has(actor)) return state.settings.welcome_credit_micros;
  const { available_micros, earned_micros } = walletView(state, actor);
  return available_micros + earned_micros;
}
