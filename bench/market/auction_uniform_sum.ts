import { type Figure, paired } from "../figure.ts";
import { milliseconds } from "./auction_bids.ts";
import { IN_A_ROW, uniformCase } from "./auction_uniform.ts";

const ROUNDS = 25;

/** One pass that only adds up the two columns: what any clearing must at least read. */
function sum(prices: Uint32Array, quantities: Uint32Array): number {
  let price_sum = 0, quantity_sum = 0;
  for (let i = 0; i < prices.length; i++) {
    price_sum += prices[i]!;
    quantity_sum += quantities[i]!;
  }
  return price_sum + quantity_sum;
}

export const figure: Figure = {
  group: "market",
  name: "uniform price, 1M bids: one pass summing them / clearing with fills",
  unit: "ms (ours is the clearing)",
  aim: { op: ">=", value: 0.15 },
  async measure() {
    const { prices, quantities, clear_ms } = uniformCase();
    let kept = 0;
    const sum_ms = () => milliseconds(() => kept += sum(prices, quantities), IN_A_ROW);
    const { ours, against } = await paired(ROUNDS, clear_ms, sum_ms);
    if (kept === 0) throw new Error("nothing was summed");
    return { ours, against, ratio: against / ours };
  },
};
