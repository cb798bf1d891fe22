/** What the benchmark uses of nodejs-order-book 10.1.1, whose package names its types wrongly. */
export interface ReportedOrder {
  id: string;
  size: number;
  price: number;
}

export interface OrderReport {
  /** Orders that were filled: makers by what was left of them, then the taker if it was, too. */
  done: ReportedOrder[];
  /** The maker, or else the taker, that was filled in part. */
  partial: ReportedOrder | null;
  partialQuantityProcessed: number;
  err: Error | null;
}

export class OrderBook {
  limit(order: { side: "buy" | "sell"; id: string; price: number; size: number }): OrderReport;
  cancel(id: string): unknown;
}
