import { sha256Hex } from "../base/hash.ts";

/**
 * The commitment of a sealed bid: SHA-256 (hex) of "horizon/bid/1", the auction, the bidder, the price
 * in decimal and the salt, separated by newlines, which none of them can hold.
 */
export function bidCommitment(
  auction_id: string,
  bidder: string,
  opening: { price_micros_per_hour: number; salt: string },
): string {
  const { price_micros_per_hour, salt } = opening;
  return sha256Hex(["horizon/bid/1", auction_id, bidder, price_micros_per_hour, salt].join("\n"));
}
