import { checkRows, MAX_AUCTIONS, MAX_ROWS, NONE } from "./limits.ts";

/** What the winner of a sealed auction pays: the second price, or their own. */
export type SealedFormat = "second-price" | "first-price";

/** Columns of sealed bids: bid i offers `prices[i]` micro-dollars in auction `auctions[i]`. */
export interface SealedBids {
  auctions: Uint32Array;
  prices: Uint32Array;
}

/** Columns of outcomes by auction: the winning row of the bids, or NONE, and the price. */
export interface SealedOutcomes {
  winners: Uint32Array;
  prices: Uint32Array;
}

/**
 * Clears many sealed auctions of one GPU each in one pass over their bids, in any mixture. The
 * highest bid at or above `reserves[auction]` wins, of equal ones the earlier row, and pays the second
 * highest or the reserve, whichever is more (Vickrey 1961); in the first-price format it pays itself.
 * Where nobody wins, `winners` says NONE and `prices` the reserve.
 *
 * O(bids + auctions). What a losing bid needs of its auction lies in two adjacent words, since the
 * time goes into fetching them. Throws RangeError for columns of unequal length, too many rows, or an auction that isn't.
 */
export function clearSealed(
  bids: SealedBids,
  reserves: Uint32Array,
  format: SealedFormat,
  outcomes: SealedOutcomes,
): void {
  checkRows(bids.prices.length, MAX_ROWS, { auctions: bids.auctions });
  checkRows(reserves.length, MAX_AUCTIONS, { ...outcomes });
  // Highest price, then second highest or reserve; without a winner the reserve is both.
  const top = new Uint32Array(2 * reserves.length);
  for (let i = 0; i < top.length; i++) top[i] = reserves[i >>> 1]!;
  outcomes.winners.fill(NONE);
  takeBids(bids.auctions, bids.prices, top, outcomes.winners);
  const paid = format === "first-price" ? 0 : 1;
  for (let auction = 0; auction < reserves.length; auction++) {
    outcomes.prices[auction] = top[2 * auction + paid]!;
  }
}

function takeBids(
  auctions: Uint32Array,
  prices: Uint32Array,
  top: Uint32Array,
  winners: Uint32Array,
): void {
  for (let row = 0; row < prices.length; row++) {
    const auction = auctions[row]!;
    if (auction >= winners.length) throw new RangeError(`bid ${row} is for no auction`);
    const price = prices[row]!;
    const highest = top[2 * auction]!;
    if (price > highest) {
      top[2 * auction + 1] = highest;
      top[2 * auction] = price;
      winners[auction] = row;
    } else if (price > top[2 * auction + 1]!) {
      top[2 * auction + 1] = price;
    } else if (price === highest && winners[auction] === NONE) {
      winners[auction] = row;
    }
  }
}
