import type { Eligibility } from "./eligibility.ts";
import { checkRows, MAX_ROWS, NONE } from "./limits.ts";
import { rowNumbers, sortRows } from "./radix_sort.ts";

/**
 * Columns of standing orders for a class: order i wants `quantities[i]` GPUs that filter `filters[i]`
 * lets through, at an ask of at most `limits[i]` micro-dollars an hour.
 */
export interface ClassOrders {
  limits: Uint32Array;
  quantities: Uint32Array;
  filters: Uint32Array;
  /** Earlier is lower; without it the rows are in the order of arrival. */
  arrivals?: Uint32Array;
}

/** Columns that a round fills. A GPU is let at its ask, so the price needs no column. */
export interface RoundOutcome {
  /** By order: how many GPUs it gets. */
  fills: Uint32Array;
  /** By GPU: the row of the order that gets it, or NONE. */
  takers: Uint32Array;
}

/** The rows of GPUs from the cheapest to the dearest, equal asks in the order of their rows. */
export function cheapestFirst(asks: Uint32Array): Uint32Array {
  const rows = rowNumbers(asks.length);
  sortRows(rows, asks);
  return rows;
}

/**
 * One clearing round: the order with the highest limit goes first, of equal ones the earlier, and
 * takes the cheapest free GPUs that its filter lets through, each at its ask; it may get fewer than it
 * wants. `asks` (micro-dollars an hour) must not descend; equal asks are taken in the order of rows.
 * Returns the number of GPUs let.
 *
 * Within a round GPUs are only taken and limits only fall, so what a filter has passed by it never
 * needs again: each filter keeps a cursor over 32 GPUs at a time. O(orders + filters × GPUs ÷ 32 +
 * GPUs let). Throws RangeError for columns of unequal length, too many rows, asks that descend, or an
 * unknown filter.
 */
export function clearRound(
  orders: ClassOrders,
  asks: Uint32Array,
  eligibility: Eligibility,
  outcome: RoundOutcome,
): number {
  const { limits, quantities, filters, arrivals } = orders;
  const { fills, takers } = outcome;
  checkRows(limits.length, MAX_ROWS, {
    quantities,
    filters,
    fills,
    ...(arrivals && { arrivals }),
  });
  checkRows(asks.length, MAX_ROWS, { takers });
  if (eligibility.gpus !== asks.length) throw new RangeError("the filters are for other GPUs");
  checkAscending(asks);
  takers.fill(NONE);
  const queue = rowNumbers(limits.length);
  if (arrivals !== undefined) sortRows(queue, arrivals);
  sortRows(queue, limits, true);
  const shelf = new Shelf(asks, eligibility);
  let let_gpus = 0;
  for (let i = 0; i < queue.length; i++) {
    const order = queue[i]!;
    const filter = filters[order]!;
    if (filter >= eligibility.filters) throw new RangeError(`order ${order} has no filter`);
    const fill = shelf.take(filter, limits[order]!, quantities[order]!, order, takers);
    fills[order] = fill;
    let_gpus += fill;
  }
  return let_gpus;
}

function checkAscending(asks: Uint32Array): void {
  for (let gpu = 1; gpu < asks.length; gpu++) {
    if (asks[gpu - 1]! > asks[gpu]!) throw new RangeError("the asks descend");
  }
}

/** The free GPUs of a round, and how far along them each filter has come. */
class Shelf {
  readonly #asks: Uint32Array;
  readonly #rows: Uint32Array;
  readonly #stride: number;
  /** A bit for each GPU that nobody has taken. */
  readonly #free: Uint32Array;
  /** By filter: the first word that may still hold a free GPU for it. */
  readonly #cursors: Uint32Array;

  constructor(asks: Uint32Array, eligibility: Eligibility) {
    this.#asks = asks;
    this.#rows = eligibility.rows;
    this.#stride = eligibility.stride;
    this.#free = new Uint32Array(eligibility.stride).fill(0xffffffff);
    this.#cursors = new Uint32Array(eligibility.filters);
  }

  /** Gives an order up to `quantity` GPUs; returns how many. */
  take(
    filter: number,
    limit: number,
    quantity: number,
    order: number,
    takers: Uint32Array,
  ): number {
    const asks = this.#asks, rows = this.#rows, free = this.#free, stride = this.#stride;
    const start = filter * stride;
    let word = this.#cursors[filter]!;
    let taken = 0;
    while (taken < quantity && word < stride) {
      const open = rows[start + word]! & free[word]!;
      if (open === 0) {
        word++;
        continue;
      }
      const lowest = open & -open;
      const gpu = word * 32 + 31 - Math.clz32(lowest);
      if (asks[gpu]! > limit) break;
      free[word] = free[word]! & ~lowest;
      takers[gpu] = order;
      taken++;
    }
    this.#cursors[filter] = word;
    return taken;
  }
}
