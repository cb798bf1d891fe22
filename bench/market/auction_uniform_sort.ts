import { type Figure, paired } from "../figure.ts";
import { type BidObject, clearSorted } from "../rivals/sorted_uniform.ts";
import { milliseconds } from "./auction_bids.ts";
import { uniformCase } from "./auction_uniform.ts";

const ROUNDS = 5;

export const figure: Figure = {
  group: "market",
  name: "uniform price, 1M bids: clearing / objects with a comparator sort",
  unit: "ms",
  aim: { op: ">=", value: 100 },
  async measure() {
    const { prices, quantities, units, reserve_micros, fills, clear, clear_ms } = uniformCase();
    const bids = Array.from(prices, (price, row): BidObject => ({
      price,
      quantity: quantities[row]!,
      row,
      fill: 0,
    }));
    const sort_ms = () => milliseconds(() => clearSorted(bids, units, reserve_micros));
    const { ours, against } = await paired(ROUNDS, clear_ms, sort_ms);
    const same = clear().price_micros === clearSorted(bids, units, reserve_micros) &&
      bids.every((bid) => bid.fill === fills[bid.row]);
    if (!same) throw new Error("the two clearings differ");
    return { ours, against, ratio: against / ours };
  },
};
