import { checkRows, checkWhole, MAX_ROWS } from "./limits.ts";
import { rowNumbers, sortRows } from "./radix_sort.ts";

/** The outcome of a uniform-price auction besides its fills. */
export interface UniformOutcome {
  /** What each sold unit costs. The reserve where nothing is sold for want of a bid. */
  price_micros: number;
  /** Units sold; at most those offered. */
  sold: number;
}

/** Fewer bids than this cost less to sort than the histograms' empty digits. */
const SELECT_ROWS = 2 ** 12;
const DIGIT_BITS = 16;
const DIGIT_MASK = 2 ** DIGIT_BITS - 1;
/** Quantities below it are summed as integers: MAX_ROWS of them can't reach 2³². */
const SMALL_QUANTITY = 2 ** 11;

/**
 * Sells `units` identical units at one price. Bid i asks for `quantities[i]` units at up to
 * `prices[i]` micro-dollars each. Higher prices fill first, equal ones by time; the last may fill in
 * part. `fills[i]` becomes the units that bid i gets. Bids arrive in the order of their rows, or of
 * `arrivals` where it is given (equal arrivals: of their rows).
 *
 * The price is the value of the first unit that gets nothing, or the reserve where that is more: the
 * (units + 1)-th price of Vickrey's multi-unit auction (1961). It is the second price where one unit
 * is sold, and nobody who wants one unit can gain by bidding anything but their value. The lowest
 * accepted bid would let the marginal winner set their own price. (With demand for more units no
 * single price is truthful; a bid that fills in part pays its own price.)
 *
 * Selection, not sorting: a histogram of the upper half of the prices, weighted by quantity, finds
 * where the offer runs out, another one of the lower half within it finds the price. O(bids): two
 * passes over the prices and one that writes the fills; few bids are sorted instead. Bids at the
 * marginal price are sorted only where `arrivals` is given. Throws RangeError for columns of unequal
 * length, more than MAX_ROWS bids, or a number out of range; `units` may be up to 2⁵³ − 1.
 */
export function clearUniform(
  prices: Uint32Array,
  quantities: Uint32Array,
  units: number,
  reserve_micros: number,
  fills: Uint32Array,
  arrivals?: Uint32Array,
): UniformOutcome {
  checkRows(prices.length, MAX_ROWS, { quantities, fills, ...(arrivals && { arrivals }) });
  checkWhole(units, "units", Number.MAX_SAFE_INTEGER);
  checkWhole(reserve_micros, "reserve_micros");
  const margin = marginOf(prices, quantities, units);
  if (margin === null || margin.price_micros < reserve_micros) {
    return {
      price_micros: reserve_micros,
      sold: fillFrom(prices, quantities, reserve_micros, fills),
    };
  }
  const { price_micros, left } = margin;
  if (arrivals === undefined) fillInRowOrder(prices, quantities, price_micros, left, fills);
  else fillInTimeOrder(prices, quantities, price_micros, left, fills, arrivals);
  return { price_micros, sold: units };
}

interface Margin {
  /** The price of unit number `units + 1`, counted from the highest. */
  price_micros: number;
  /** Units left for the bids at that price once all above it are filled. */
  left: number;
}

/** Where the offer runs out, or null where the demand doesn't exceed it. */
function marginOf(prices: Uint32Array, quantities: Uint32Array, units: number): Margin | null {
  return prices.length < SELECT_ROWS
    ? sortedMargin(prices, quantities, units)
    : selectedMargin(prices, quantities, units);
}

function sortedMargin(prices: Uint32Array, quantities: Uint32Array, units: number): Margin | null {
  const rows = rowNumbers(prices.length);
  sortRows(rows, prices, true);
  let price_micros = -1;
  let left = units;
  let left_at_price = units;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (prices[row] !== price_micros) left_at_price = left;
    price_micros = prices[row]!;
    left -= quantities[row]!;
    if (left < 0) return { price_micros, left: left_at_price };
  }
  return null;
}

function selectedMargin(
  prices: Uint32Array,
  quantities: Uint32Array,
  units: number,
): Margin | null {
  const demand = {
    small: new Uint32Array(DIGIT_MASK + 1),
    large: new Float64Array(DIGIT_MASK + 1),
  };
  addByUpperHalf(prices, quantities, demand);
  const upper = digitAt(demand, units);
  if (upper === null) return null;
  demand.small.fill(0);
  demand.large.fill(0);
  addByLowerHalf(prices, quantities, upper.digit, demand);
  const lower = digitAt(demand, upper.left);
  if (lower === null) throw new Error("the demand of a digit differs between two passes");
  return { price_micros: upper.digit * 2 ** DIGIT_BITS + lower.digit, left: lower.left };
}

/** Units wanted by digit: what small bids want, and what large ones want. */
interface Demand {
  small: Uint32Array;
  large: Float64Array;
}

/** The highest digit at which more than `left` units are wanted, and what is left above it. */
function digitAt({ small, large }: Demand, left: number): { digit: number; left: number } | null {
  for (let digit = DIGIT_MASK; digit >= 0; digit--) {
    const wanted = small[digit]! + large[digit]!;
    if (wanted > left) return { digit, left };
    left -= wanted;
  }
  return null;
}

function addByUpperHalf(prices: Uint32Array, quantities: Uint32Array, demand: Demand): void {
  const { small, large } = demand;
  for (let i = 0; i < prices.length; i++) {
    const digit = prices[i]! >>> DIGIT_BITS;
    const quantity = quantities[i]!;
    if (quantity < SMALL_QUANTITY) small[digit] = small[digit]! + quantity;
    else large[digit] = large[digit]! + quantity;
  }
}

/** The same by the lower half, over the prices of one upper half. */
function addByLowerHalf(
  prices: Uint32Array,
  quantities: Uint32Array,
  upper: number,
  demand: Demand,
): void {
  const { small, large } = demand;
  for (let i = 0; i < prices.length; i++) {
    const price = prices[i]!;
    if (price >>> DIGIT_BITS !== upper) continue;
    const digit = price & DIGIT_MASK;
    const quantity = quantities[i]!;
    if (quantity < SMALL_QUANTITY) small[digit] = small[digit]! + quantity;
    else large[digit] = large[digit]! + quantity;
  }
}

/** Fills every bid at `price_micros` or above; returns the units. */
function fillFrom(
  prices: Uint32Array,
  quantities: Uint32Array,
  price_micros: number,
  fills: Uint32Array,
): number {
  let sold = 0;
  for (let i = 0; i < prices.length; i++) {
    const fill = prices[i]! >= price_micros ? quantities[i]! : 0;
    fills[i] = fill;
    sold += fill;
  }
  return sold;
}

/**
 * Fills every bid above the margin, and those at it in the order of their rows. The comparison is a
 * factor, since a branch on it is a coin toss that the processor loses every other time.
 */
function fillInRowOrder(
  prices: Uint32Array,
  quantities: Uint32Array,
  price_micros: number,
  left: number,
  fills: Uint32Array,
): void {
  for (let i = 0; i < prices.length; i++) {
    const price = prices[i]!;
    fills[i] = quantities[i]! * Number(price > price_micros);
    if (price === price_micros) {
      const fill = Math.min(quantities[i]!, left);
      fills[i] = fill;
      left -= fill;
    }
  }
}

/** The same, with the bids at the margin in the order of their arrival. */
function fillInTimeOrder(
  prices: Uint32Array,
  quantities: Uint32Array,
  price_micros: number,
  left: number,
  fills: Uint32Array,
  arrivals: Uint32Array,
): void {
  fillInRowOrder(prices, quantities, price_micros, 0, fills);
  const marginal = rowNumbers(prices.length).filter((row) => prices[row] === price_micros);
  sortRows(marginal, arrivals);
  for (let i = 0; i < marginal.length && left > 0; i++) {
    const row = marginal[i]!;
    const fill = Math.min(quantities[row]!, left);
    fills[row] = fill;
    left -= fill;
  }
}
