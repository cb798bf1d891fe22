// @ts-types="./nodejs_order_book.d.ts"
import { OrderBook } from "nodejs-order-book";
import { CANCEL, type Flow } from "../market/auction_flow.ts";
import { FillLog } from "../../src/auction/fill_log.ts";

/** Runs a flow through nodejs-order-book; its reports as rows of (taker, maker, price, quantity). */
export function runRival(flow: Flow, ids: readonly string[]): FillLog {
  const book = new OrderBook();
  const fills = new FillLog();
  let taker = 0;
  for (let i = 0; i < flow.kinds.length; i++) {
    if (flow.kinds[i] === CANCEL) {
      book.cancel(ids[flow.ids[i]!]!);
      continue;
    }
    const side = flow.kinds[i] === 0 ? "buy" : "sell";
    const price = flow.prices[i]!, size = flow.quantities[i]!;
    const id = ids[++taker]!;
    const report = book.limit({ side, id, price, size });
    for (const order of report.done) {
      if (order.id !== id) addFill(fills, taker, Number(order.id), order.price, order.size);
    }
    const part = report.partial;
    if (part !== null && part.id !== id) {
      addFill(fills, taker, Number(part.id), part.price, report.partialQuantityProcessed);
    }
  }
  return fills;
}

function addFill(fills: FillLog, taker: number, maker: number, price: number, quantity: number) {
  if (fills.room === 0) fills.grow();
  fills.add(taker, maker, price, quantity);
}
