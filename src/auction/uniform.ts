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
const DIGITS = 2 ** DIGIT_BITS;
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
 * where the offer runs out, another one of the lower half there finds the price, and a third pass
 * writes the fills: O(bids), whatever the prices. Few bids are sorted instead, and so are bids at the
 * marginal price where `arrivals` is given. Throws RangeError for columns of unequal length, more than
 * MAX_ROWS bids, or a number out of range; `units` may be up to 2⁵³ − 1.
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
  const bids: Bids = { prices, quantities };
  const margin = prices.length < SELECT_ROWS
    ? sortedMargin(bids, units)
    : selectedMargin(bids, units);
  if (margin === null || margin.price_micros < reserve_micros) {
    return { price_micros: reserve_micros, sold: fillFrom(bids, reserve_micros, fills) };
  }
  fillInRowOrder(bids, margin, fills);
  if (arrivals !== undefined) fillInTimeOrder(bids, margin, arrivals, fills);
  return { price_micros: margin.price_micros, sold: units };
}

interface Bids {
  prices: Uint32Array;
  quantities: Uint32Array;
}

/** Where the offer runs out. */
interface Margin {
  /** The price of unit number `units + 1`, counted from the highest. */
  price_micros: number;
  /** Units left for the bids at that price once all above it are filled. */
  left: number;
}

/** The margin by sorting, or null where the demand doesn't exceed the offer. */
function sortedMargin({ prices, quantities }: Bids, units: number): Margin | null {
  const queue = rowNumbers(prices.length);
  sortRows(queue, prices, true);
  let price_micros = -1;
  let left = units;
  let left_at_price = units;
  for (let i = 0; i < queue.length; i++) {
    const row = queue[i]!;
    if (prices[row] !== price_micros) left_at_price = left;
    price_micros = prices[row]!;
    left -= quantities[row]!;
    if (left < 0) return { price_micros, left: left_at_price };
  }
  return null;
}

/** The same by histograms. */
function selectedMargin(bids: Bids, units: number): Margin | null {
  clearDemand();
  addUpperHalves(bids);
  const upper = digitAt(units);
  if (upper === null) return null;
  clearDemand();
  addLowerHalves(bids, upper.digit);
  const lower = digitAt(upper.left);
  if (lower === null) throw new Error("the demand of a digit differs between two passes");
  return { price_micros: upper.digit * DIGITS + lower.digit, left: lower.left };
}

/**
 * Units wanted by digit: what small bids want, and what large ones want. Kept from one clearing to
 * the next, since fresh pages would cost as much as a pass over a million bids.
 */
const small = new Uint32Array(DIGITS);
const large = new Float64Array(DIGITS);

function clearDemand(): void {
  small.fill(0);
  large.fill(0);
}

/** The highest digit at which more than `left` units are wanted, and what is left above it. */
function digitAt(left: number): { digit: number; left: number } | null {
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    const wanted = small[digit]! + large[digit]!;
    if (wanted > left) return { digit, left };
    left -= wanted;
  }
  return null;
}

function addUpperHalves({ prices, quantities }: Bids): void {
  for (let row = 0; row < prices.length; row++) {
    const digit = prices[row]! >>> DIGIT_BITS;
    const quantity = quantities[row]!;
    if (quantity < SMALL_QUANTITY) small[digit] = small[digit]! + quantity;
    else large[digit] = large[digit]! + quantity;
  }
}

function addLowerHalves({ prices, quantities }: Bids, upper: number): void {
  for (let row = 0; row < prices.length; row++) {
    const price = prices[row]!;
    if (price >>> DIGIT_BITS !== upper) continue;
    const digit = price & (DIGITS - 1);
    const quantity = quantities[row]!;
    if (quantity < SMALL_QUANTITY) small[digit] = small[digit]! + quantity;
    else large[digit] = large[digit]! + quantity;
  }
}

/**
 * Fills every bid above the margin, and those at it in the order of their rows. The comparison is a
 * factor, since a branch on it is a coin toss that the processor loses every other time.
 */
function fillInRowOrder(bids: Bids, { price_micros, left }: Margin, fills: Uint32Array): void {
  const { prices, quantities } = bids;
  for (let row = 0; row < prices.length; row++) {
    const price = prices[row]!;
    fills[row] = quantities[row]! * Number(price > price_micros);
    if (price === price_micros) {
      const fill = Math.min(quantities[row]!, left);
      fills[row] = fill;
      left -= fill;
    }
  }
}

/** Fills the bids at the margin anew, in the order of their arrival. */
function fillInTimeOrder(bids: Bids, margin: Margin, arrivals: Uint32Array, fills: Uint32Array) {
  const { prices, quantities } = bids;
  const tied = rowNumbers(prices.length).filter((row) => prices[row] === margin.price_micros);
  sortRows(tied, arrivals);
  let left = margin.left;
  for (let i = 0; i < tied.length; i++) {
    const row = tied[i]!;
    const fill = Math.min(quantities[row]!, left);
    fills[row] = fill;
    left -= fill;
  }
}

/** Fills every bid at `price_micros` or above; returns the units. */
function fillFrom({ prices, quantities }: Bids, price_micros: number, fills: Uint32Array): number {
  let sold = 0;
  for (let row = 0; row < prices.length; row++) {
    const fill = prices[row]! >= price_micros ? quantities[row]! : 0;
    fills[row] = fill;
    sold += fill;
  }
  return sold;
}
