import { NONE } from "../../src/auction/limits.ts";
import { clearSealed } from "../../src/auction/second_price.ts";
import { type Figure, paired } from "../figure.ts";
import { clearGrouped } from "../rivals/grouped_second_price.ts";
import { milliseconds, randomNumbers, randomPrices } from "./auction_bids.ts";

const BIDS = 1_000_000;
const GPUS = 100_000;
/** Clearings in one sample: the first only finds its caches full of the rival. */
const IN_A_ROW = 5;
const ROUNDS = 7;

export const figure: Figure = {
  group: "market",
  name: "second price, 1M bids over 100k GPUs: ours / Map and sort",
  unit: "ms",
  aim: { op: ">=", value: 40 },
  async measure() {
    const columns = { auctions: randomNumbers(BIDS, 0, GPUS), prices: randomPrices(BIDS) };
    const reserves = randomPrices(GPUS, 1).map((price) => price / 2);
    const outcomes = { winners: new Uint32Array(GPUS), prices: new Uint32Array(GPUS) };
    const bids = Array.from(columns.prices, (price, row) => ({
      auction: columns.auctions[row]!,
      price,
      row,
    }));
    const clear = () => clearSealed(columns, reserves, "second-price", outcomes);
    const { ours, against } = await paired(
      ROUNDS,
      () => milliseconds(clear, IN_A_ROW),
      () => milliseconds(() => clearGrouped(bids, reserves)),
    );
    const sales = clearGrouped(bids, reserves);
    for (let auction = 0; auction < GPUS; auction++) {
      const sale = sales.get(auction) ?? { winner: NONE, price: reserves[auction] };
      if (
        sale.winner !== outcomes.winners[auction] || sale.price !== outcomes.prices[auction]
      ) throw new Error(`the two clearings differ in auction ${auction}`);
    }
    return { ours, against, ratio: against / ours };
  },
};
