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

/** Words of an auction's state: highest price, second highest or reserve, row of the highest. */
const STATE_WORDS = 4;
const SECOND = 1;
const WINNER = 2;

/**
 * Clears many sealed auctions of one GPU each in one pass over their bids, in any mixture. The
 * highest bid at or above `reserves[auction]` wins, of equal ones the earlier row, and pays the second
 * highest or the reserve, whichever is more (Vickrey 1961); in the first-price format it pays itself.
 * Where nobody wins, `winners` says NONE and `prices` the reserve.
 *
 * O(bids + auctions). What a bid needs of its auction lies in one cache line, which is most of the
 * speed. Throws RangeError for columns of unequal length, too many rows, or an auction that isn't.
 */
export function clearSealed(
  bids: SealedBids,
  reserves: Uint32Array,
  format: SealedFormat,
  outcomes: SealedOutcomes,
): void {
  checkRows(bids.prices.length, MAX_ROWS, { auctions: bids.auctions });
  checkRows(reserves.length, MAX_AUCTIONS, { ...outcomes });
  const state = new Uint32Array(reserves.length * STATE_WORDS);
  openAuctions(reserves, state);
  takeBids(bids.auctions, bids.prices, state);
  const paid = format === "first-price" ? 0 : SECOND;
  for (let auction = 0; auction < reserves.length; auction++) {
    const at = auction * STATE_WORDS;
    outcomes.winners[auction] = state[at + WINNER]!;
    outcomes.prices[auction] = state[at + paid]!;
  }
}

/** Without a winner the reserve is both the highest and the second highest price. */
function openAuctions(reserves: Uint32Array, state: Uint32Array): void {
  for (let auction = 0; auction < reserves.length; auction++) {
    const at = auction * STATE_WORDS;
    state[at] = reserves[auction]!;
    state[at + SECOND] = reserves[auction]!;
    state[at + WINNER] = NONE;
  }
}

function takeBids(auctions: Uint32Array, prices: Uint32Array, state: Uint32Array): void {
  for (let row = 0; row < prices.length; row++) {
    const at = auctions[row]! * STATE_WORDS;
    if (at >= state.length) throw new RangeError(`bid ${row} is for no auction`);
    const price = prices[row]!;
    const highest = state[at]!;
    if (price > highest) {
      state[at + SECOND] = highest;
      state[at] = price;
      state[at + WINNER] = row;
    } else if (price === highest && state[at + WINNER] === NONE) {
      state[at + WINNER] = row;
    } else if (price > state[at + SECOND]!) {
      state[at + SECOND] = price;
    }
  }
}
