interface SealedBid {
  auction: number;
  price: number;
  row: number;
}

/** Winner (its row) and price by auction. */
export type Sales = Map<number, { winner: number; price: number }>;

/** Second price as it is usually written: bids grouped in a Map, each group sorted. */
export function clearGrouped(bids: readonly SealedBid[], reserves: ArrayLike<number>): Sales {
  const groups = new Map<number, SealedBid[]>();
  for (const bid of bids) {
    const group = groups.get(bid.auction);
    if (group === undefined) groups.set(bid.auction, [bid]);
    else group.push(bid);
  }
  const sales: Sales = new Map();
  for (const [auction, group] of groups) {
    const reserve = reserves[auction] ?? 0;
    const [first, second] = group.sort((a, b) => b.price - a.price || a.row - b.row);
    if (first === undefined || first.price < reserve) continue;
    sales.set(auction, { winner: first.row, price: Math.max(second?.price ?? 0, reserve) });
  }
  return sales;
}
