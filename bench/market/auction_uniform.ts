import { clearUniform } from "../../src/auction/uniform.ts";
import { milliseconds, randomNumbers, randomPrices } from "./auction_bids.ts";

const BIDS = 1_000_000;
const MAX_QUANTITY = 8;
/** Clearings in one sample: the first only finds its caches full of the rival. */
export const IN_A_ROW = 5;
const RESERVE_MICROS = 20_000;

/** A million bids for twice as many units as are offered, and their clearing. */
export function uniformCase() {
  const prices = randomPrices(BIDS);
  const quantities = randomNumbers(BIDS, 1, MAX_QUANTITY);
  const units = Math.floor(quantities.reduce((sum, quantity) => sum + quantity, 0) / 2);
  const fills = new Uint32Array(BIDS);
  const clear = () => clearUniform(prices, quantities, units, RESERVE_MICROS, fills);
  const clear_ms = () => milliseconds(clear, IN_A_ROW);
  return { prices, quantities, units, reserve_micros: RESERVE_MICROS, fills, clear, clear_ms };
}
