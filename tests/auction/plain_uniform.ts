/** A bid in a uniform-price auction. */
export interface Bid {
  price: number;
  quantity: number;
  arrival: number;
}

/** A uniform-price auction by sorting objects: the highest bids fill, the first unit that gets nothing prices. */
export function plainUniform(bids: Bid[], units: number, reserve: number) {
  const fills = bids.map(() => 0);
  const queue = bids.map((bid, row) => ({ ...bid, row }))
    .filter((bid) => bid.price >= reserve)
    .sort((a, b) => b.price - a.price || a.arrival - b.arrival || a.row - b.row);
  let left = units;
  let price: number | undefined;
  for (const bid of queue) {
    const fill = Math.min(left, bid.quantity);
    fills[bid.row] = fill;
    left -= fill;
    if (fill < bid.quantity) price ??= bid.price;
  }
  return { fills, price_micros: price ?? reserve, sold: units - left };
}
