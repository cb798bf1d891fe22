import { HorizonError } from "../base/errors.ts";
import { FillLog } from "./fill_log.ts";
import { IdMap } from "./id_map.ts";
import { checkWhole, MAX_RESTING_ORDERS, MAX_U32 } from "./limits.ts";
import { ID, OrderSlab, PRICE, QUANTITY } from "./order_slab.ts";
import { RadixTree } from "./radix_tree.ts";

/** The side that buys, and the one that sells. */
export const BID = 0;
export const ASK = 1;
export type Side = typeof BID | typeof ASK;

/** Best prices of a side without orders: no limit reaches them. */
const NO_BID = -1;
const NO_ASK = MAX_U32 + 1;

/**
 * A price-time order book for GPU-hours of one class. Prices are u32 micro-dollars without a coarser
 * tick, quantities u32 hours (or whatever unit the caller trades). An order takes the best prices
 * first, at one price the earlier order, at the resting order's price; what it has left rests, unless
 * it is a market or an immediate-or-cancel order. Each fill is a row of `fills`, which the caller reads
 * and clears. Order ids are given in the order of arrival, from 1.
 *
 * One tree of prices serves both sides, since every bid lies below every ask; a price leads to the
 * last order of a ring, whose next is the first. An operation takes at most seven
 * steps in that tree, and as many more as it has fills; it allocates nothing but room, by doubling.
 */
export class OrderBook {
  readonly fills = new FillLog();
  readonly #orders = new OrderSlab();
  /** By price: the slot of the last order at it. */
  readonly #levels = new RadixTree();
  /** By order id: the slot of a resting order. */
  readonly #slots = new IdMap();
  /** Best price by side. */
  readonly #best = new Float64Array([NO_BID, NO_ASK]);
  #last_id = 0;

  /** Resting orders. */
  get resting(): number {
    return this.#orders.count;
  }

  /** The best price of a side in micro-dollars, or null where nothing rests on it. */
  best(side: Side): number | null {
    const price = this.#best[side]!;
    return price === NO_BID || price === NO_ASK ? null : price;
  }

  /** What is left of a resting order; 0 if none of that id rests. */
  remaining(id: number): number {
    const slot = this.#slots.get(id);
    return slot === 0 ? 0 : this.#orders.get(slot, QUANTITY);
  }

  /**
   * Enters a limit order and returns its id; what isn't filled at once rests. Throws RangeError for
   * numbers that aren't u32, `limit_reached` where no more orders may rest or no id is left.
   */
  limit(side: Side, price: number, quantity: number): number {
    checkWhole(price, "price");
    this.#checkRoom();
    const id = this.#newId(quantity);
    this.#enter(id, side, price, quantity);
    return id;
  }

  /** Enters a limit order whose rest is dropped: immediate or cancel. Returns its id; throws as `limit`. */
  immediate(side: Side, price: number, quantity: number): number {
    checkWhole(price, "price");
    const id = this.#newId(quantity);
    this.#match(id, side, price, quantity);
    return id;
  }

  /** Enters an order at any price, whose rest is dropped. Returns its id; throws as `limit`. */
  market(side: Side, quantity: number): number {
    return this.immediate(side, side === BID ? MAX_U32 : 0, quantity);
  }

  /** Withdraws a resting order; returns what was left of it, 0 if none of that id rests. O(1). */
  cancel(id: number): number {
    const slot = this.#slots.get(id);
    if (slot === 0) return 0;
    const quantity = this.#orders.get(slot, QUANTITY);
    this.#remove(slot);
    return quantity;
  }

  /**
   * Gives a resting order another price, or another quantity left to fill. It keeps its place only
   * where the price stays and the quantity shrinks; else it enters anew under its id, and may be
   * filled. A quantity of 0 withdraws it. False if no order of that id rests. Throws RangeError for
   * numbers that aren't u32.
   */
  modify(id: number, price: number, quantity: number): boolean {
    checkWhole(price, "price");
    checkWhole(quantity, "quantity");
    const slot = this.#slots.get(id);
    if (slot === 0) return false;
    const old_price = this.#orders.get(slot, PRICE);
    if (price === old_price && quantity > 0 && quantity <= this.#orders.get(slot, QUANTITY)) {
      this.#orders.set(slot, QUANTITY, quantity);
      return true;
    }
    const side = this.#sideOf(old_price);
    this.#remove(slot);
    this.#enter(id, side, price, quantity);
    return true;
  }

  /**
   * Writes a side's levels from the best on, as many as the columns hold: price and sum of the
   * quantities at it. Returns how many it wrote. O(orders at those levels).
   */
  depth(side: Side, prices: Uint32Array, quantities: Float64Array): number {
    let price = this.best(side) ?? -1;
    let level = 0;
    for (; price >= 0 && level < prices.length; level++) {
      prices[level] = price;
      quantities[level] = this.#orders.sumOfRing(this.#levels.get(price));
      price = this.#beyond(side, price);
    }
    return level;
  }

  #newId(quantity: number): number {
    checkWhole(quantity, "quantity");
    if (this.#last_id === MAX_U32) throw full("The order book has given out its last order id.");
    return ++this.#last_id;
  }

  #checkRoom(): void {
    if (this.#orders.count >= MAX_RESTING_ORDERS) {
      throw full(`The order book is full: ${MAX_RESTING_ORDERS} orders rest in it.`);
    }
  }

  #sideOf(resting_price: number): Side {
    return resting_price <= this.#best[BID]! ? BID : ASK;
  }

  /** The next price of a side after one, away from the best; −1 if there is none. */
  #beyond(side: Side, price: number): number {
    return side === BID ? this.#levels.below(price) : this.#levels.above(price);
  }

  #enter(id: number, side: Side, price: number, quantity: number): void {
    const left = this.#match(id, side, price, quantity);
    if (left > 0) this.#rest(id, side, price, left);
  }

  /** Fills an order from the other side, from the best price to its limit; returns what is left. */
  #match(taker: number, side: Side, limit: number, quantity: number): number {
    const other = side === BID ? ASK : BID;
    let left = quantity;
    while (left > 0) {
      const price = this.#best[other]!;
      if (side === BID ? price > limit : price < limit) break;
      if (this.fills.room === 0) this.fills.grow();
      left = this.#takeLevel(taker, other, price, left);
    }
    return left;
  }

  /** Fills from one level until the order, the level or the room in the log is used up. */
  #takeLevel(taker: number, side: Side, price: number, quantity: number): number {
    const orders = this.#orders, fills = this.fills;
    const last = this.#levels.get(price);
    let left = quantity;
    for (let room = fills.room; room > 0 && left > 0; room--) {
      const first = orders.nextOf(last);
      const offered = orders.get(first, QUANTITY);
      const maker = orders.get(first, ID);
      const fill = Math.min(left, offered);
      fills.add(taker, maker, price, fill);
      left -= fill;
      if (fill < offered) {
        orders.set(first, QUANTITY, offered - fill);
        break;
      }
      this.#slots.remove(maker);
      orders.unlink(first);
      orders.release(first);
      if (first === last) {
        this.#dropLevel(side, price);
        break;
      }
    }
    return left;
  }

  #rest(id: number, side: Side, price: number, quantity: number): void {
    const slot = this.#orders.take(id, price, quantity);
    this.#slots.add(id, slot);
    this.#orders.linkAfter(this.#levels.set(price, slot), slot);
    const best = this.#best[side]!;
    this.#best[side] = side === BID ? Math.max(best, price) : Math.min(best, price);
  }

  #remove(slot: number): void {
    const orders = this.#orders;
    const price = orders.get(slot, PRICE);
    this.#slots.remove(orders.get(slot, ID));
    const before = orders.unlink(slot);
    if (before === slot) this.#dropLevel(this.#sideOf(price), price);
    else if (this.#levels.get(price) === slot) this.#levels.set(price, before);
    orders.release(slot);
  }

  /** Takes an emptied level out of the tree and, where it was the best, moves to the next. */
  #dropLevel(side: Side, price: number): void {
    if (price === this.#best[side]) {
      const next = this.#beyond(side, price);
      this.#best[side] = next < 0 && side === ASK ? NO_ASK : next;
    }
    this.#levels.delete(price);
  }
}

function full(message: string): HorizonError {
  return new HorizonError("limit_reached", message);
}
