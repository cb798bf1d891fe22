import { FillLog } from "../../src/auction/fill_log.ts";
import { type Figure, paired } from "../figure.ts";
import { runRival } from "../rivals/order_book.ts";
import { randomFlow, rate, runOurs } from "./auction_flow.ts";

const OPERATIONS = 1_000_000;
const TICKS = 400;
/** The rival takes five seconds a round. */
const ROUNDS = 2;

/** Throws unless both books reported the same fills in the same order. */
function compare(ours: FillLog, theirs: FillLog): void {
  let same = ours.count === theirs.count && ours.count > 0;
  for (let i = 0; same && i < ours.count; i++) {
    same = ours.takers[i] === theirs.takers[i] && ours.makers[i] === theirs.makers[i] &&
      ours.prices[i] === theirs.prices[i] && ours.quantities[i] === theirs.quantities[i];
  }
  if (!same) throw new Error("the two books report different fills");
}

export const figure: Figure = {
  group: "market",
  name: "order book, 1M limit orders and cancels on 400 ticks: ours / nodejs-order-book",
  unit: "operations/s",
  aim: { op: ">=", value: 15 },
  async measure() {
    const flow = randomFlow(OPERATIONS, TICKS);
    const ids = Array.from({ length: OPERATIONS + 1 }, (_, id) => String(id));
    let fills = new FillLog(), rivalFills = new FillLog();
    const { ours, against } = await paired(
      ROUNDS,
      () => rate(flow, () => fills = runOurs(flow)),
      () => rate(flow, () => rivalFills = runRival(flow, ids)),
    );
    compare(fills, rivalFills);
    return { ours, against, ratio: ours / against, note: `${fills.count} identical reports` };
  },
};
