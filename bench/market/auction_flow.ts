import { ASK, BID, OrderBook } from "../../src/auction/book.ts";
import type { FillLog } from "../../src/auction/fill_log.ts";
import { Random } from "../../tests/random.ts";

/** A kind of operation beside the two sides, which enter a limit order. */
export const CANCEL = 2;
const FIRST_PRICE_MICROS = 10_000;
const MAX_HOURS = 100;
const CANCELS_IN_TEN = 4;
const SEED = 7;

/** Operations on a book, as columns: of a limit order the price and the quantity, of a cancel the id. */
export interface Flow {
  kinds: Uint8Array;
  prices: Uint32Array;
  quantities: Uint32Array;
  ids: Uint32Array;
}

/**
 * Random limit orders of both sides with prices anywhere in a domain of so many ticks, and cancels of
 * any earlier order, whether it still rests or not.
 */
export function randomFlow(operations: number, ticks: number): Flow {
  const random = new Random(SEED);
  const flow: Flow = {
    kinds: new Uint8Array(operations),
    prices: new Uint32Array(operations),
    quantities: new Uint32Array(operations),
    ids: new Uint32Array(operations),
  };
  let last_id = 0;
  for (let i = 0; i < operations; i++) {
    if (last_id > 0 && random.below(10) < CANCELS_IN_TEN) {
      flow.kinds[i] = CANCEL;
      flow.ids[i] = 1 + random.below(last_id);
      continue;
    }
    last_id++;
    flow.kinds[i] = random.below(CANCEL);
    flow.prices[i] = FIRST_PRICE_MICROS + random.below(ticks);
    flow.quantities[i] = 1 + random.below(MAX_HOURS);
  }
  return flow;
}

/** Runs a flow through our book; its reports. */
export function runOurs(flow: Flow): FillLog {
  const { kinds, prices, quantities, ids } = flow;
  const book = new OrderBook();
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i]!;
    if (kind === CANCEL) book.cancel(ids[i]!);
    else book.limit(kind === BID ? BID : ASK, prices[i]!, quantities[i]!);
  }
  return book.fills;
}

/** Operations a second of one run. */
export function rate(flow: Flow, run: () => void): number {
  const started = performance.now();
  run();
  return flow.kinds.length * 1_000 / (performance.now() - started);
}
