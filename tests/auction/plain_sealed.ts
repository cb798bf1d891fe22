import type { SealedFormat } from "../../src/auction/second_price.ts";

/** Sealed auctions one by one, each by sorting its bids. */
export function plainSealed(
  auctions: number[],
  prices: number[],
  reserves: number[],
  format: SealedFormat,
): { winner: number | null; price: number }[] {
  return reserves.map((reserve, auction) => {
    const bids = prices.map((price, row) => ({ price, row, auction: auctions[row] }))
      .filter((bid) => bid.auction === auction && bid.price >= reserve)
      .sort((a, b) => b.price - a.price || a.row - b.row);
    const [first, second] = bids;
    if (first === undefined) return { winner: null, price: reserve };
    const price = format === "first-price" ? first.price : second?.price ?? reserve;
    return { winner: first.row, price };
  });
}
