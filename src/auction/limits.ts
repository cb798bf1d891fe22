/** Bids, orders or GPUs in one clearing: so many u32 quantities still sum below 2⁵³, exactly. */
export const MAX_ROWS = 2 ** 21;
/** Auctions cleared in one pass. */
export const MAX_AUCTIONS = 2 ** 21;
/** Words of one eligibility table (64 MiB): filters × GPUs ÷ 32. */
export const MAX_ELIGIBILITY_WORDS = 2 ** 24;
/** Orders that rest in one book at a time. */
export const MAX_RESTING_ORDERS = 2 ** 22;

/** The largest price (micro-dollars) or quantity. */
export const MAX_U32 = 2 ** 32 - 1;
/** Stands in an outcome where no bid, order or GPU does. */
export const NONE = MAX_U32;

/** Throws RangeError unless each column has one value for each row, and the rows are not too many. */
export function checkRows(rows: number, max: number, columns: Record<string, ArrayLike<number>>) {
  if (rows > max) throw new RangeError(`${rows} rows are more than ${max}`);
  for (const [name, column] of Object.entries(columns)) {
    if (column.length !== rows) {
      throw new RangeError(`${name} has ${column.length} rows, not ${rows}`);
    }
  }
}

/** Throws RangeError unless the value is a whole number from 0 to `max`. */
export function checkWhole(value: number, what: string, max = MAX_U32): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${what} must be a whole number from 0 to ${max}, not ${value}`);
  }
}
