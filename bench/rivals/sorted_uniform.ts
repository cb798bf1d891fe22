/** A bid as an object. */
export interface BidObject {
  price: number;
  quantity: number;
  row: number;
  fill: number;
}

/** Uniform price as it is usually written: a sort of objects by a comparator, then fills from the top. */
export function clearSorted(bids: readonly BidObject[], units: number, reserve: number): number {
  const queue = bids.toSorted((a, b) => b.price - a.price || a.row - b.row);
  let left = units;
  let price: number | undefined;
  for (const bid of queue) {
    bid.fill = bid.price < reserve ? 0 : Math.min(left, bid.quantity);
    left -= bid.fill;
    if (bid.fill < bid.quantity && bid.price >= reserve) price ??= bid.price;
  }
  return price ?? reserve;
}
