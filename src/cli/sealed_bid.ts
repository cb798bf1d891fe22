import { HorizonError } from "../base/errors.ts";
import { formatDollars, holdMicros, MAX_AMOUNT_MICROS } from "../base/money.ts";
import type { Client } from "../client/client.ts";
import type { AuctionView, BidView, SecretOpening } from "../protocol/auction.ts";
import { bidCommitment } from "../protocol/bid_commitment.ts";

/** Random bytes of a sealed bid, so that nobody finds its price by trying. */
const SALT_BYTES = 16;
/** The default cap covers this many times the reserve, so that it says little of the price. */
const RESERVES_COVERED = 4;

/** A sealed bid as its bidder knows it. */
export interface SealedBid {
  price_micros_per_hour: number;
  quantity: number;
  /** What is held, and so all that others learn of the price. */
  cap_micros: number;
}

/** What a bid costs if it wins at its own price, in micro-dollars. */
export function bidCost(
  auction: AuctionView,
  bid: { price_micros_per_hour: number; quantity: number },
): number {
  return holdMicros(bid.price_micros_per_hour, auction.duration_s) * bid.quantity;
}

/**
 * A cap on the hold that says little of the price: the next power of two micro-dollars above four
 * times the reserve's cost (and above the bid's own, where that is more), or all the bidder's money,
 * which everyone knows, if that is less. The money must cover the bid.
 */
export function defaultCap(
  auction: AuctionView,
  bid: { price_micros_per_hour: number; quantity: number },
  spendable_micros: number,
): number {
  const { reserve_micros_per_hour: price_micros_per_hour } = auction;
  const reserve_micros = bidCost(auction, { price_micros_per_hour, quantity: bid.quantity });
  const cost_micros = bidCost(auction, bid);
  const covered_micros = Math.max(RESERVES_COVERED * reserve_micros, cost_micros);
  let cap_micros = 1;
  while (cap_micros < covered_micros) cap_micros *= 2;
  return Math.min(cap_micros, MAX_AMOUNT_MICROS, spendable_micros);
}

/** Throws `invalid_input` for a cap that the bid could exceed. */
export function checkCap(auction: AuctionView, bid: SealedBid): void {
  const cost_micros = bidCost(auction, bid);
  if (bid.cap_micros >= cost_micros) return;
  throw new HorizonError(
    "invalid_input",
    `--cap must cover the bid, which may cost ${formatDollars(cost_micros)}.`,
  );
}

/** Gives the registry alone the opening, then seals the bid. Returns both. */
export async function sealBid(
  client: Client,
  auction: AuctionView,
  bid: SealedBid,
): Promise<{ bid: BidView; opening: SecretOpening }> {
  const { auction_id } = auction;
  const opening = {
    auction_id,
    price_micros_per_hour: bid.price_micros_per_hour,
    salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)).toHex(),
  };
  const commitment = bidCommitment(auction_id, client.actor, opening);
  if (await client.openBid(opening) !== commitment) {
    throw new HorizonError("bad_gateway", "The registry computed another commitment.");
  }
  const accepted = await client.submit("bid.seal", {
    auction_id,
    commitment,
    quantity: bid.quantity,
    hold_micros: bid.cap_micros,
  });
  return { bid: await client.bid(String(accepted.data.bid_id)), opening };
}
