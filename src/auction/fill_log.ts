import { doubled } from "./doubled.ts";

const FIRST_CAPACITY = 1024;

/**
 * The fills of a book in the order in which they happened, as columns: row i says that order
 * `takers[i]` took `quantities[i]` from the resting order `makers[i]` at `prices[i]` micro-dollars.
 * Rows from `count` on mean nothing. The columns are replaced when the log grows: read them anew.
 */
export class FillLog {
  count = 0;
  takers = new Uint32Array(FIRST_CAPACITY);
  makers = new Uint32Array(FIRST_CAPACITY);
  prices = new Uint32Array(FIRST_CAPACITY);
  quantities = new Uint32Array(FIRST_CAPACITY);

  /** Rows there is room for without growing. */
  get room(): number {
    return this.takers.length - this.count;
  }

  /** Adds a row; there must be room. */
  add(taker: number, maker: number, price: number, quantity: number): void {
    const row = this.count++;
    this.takers[row] = taker;
    this.makers[row] = maker;
    this.prices[row] = price;
    this.quantities[row] = quantity;
  }

  /** Forgets every row; the room stays. */
  clear(): void {
    this.count = 0;
  }

  /** Doubles the room. */
  grow(): void {
    this.takers = doubled(this.takers);
    this.makers = doubled(this.makers);
    this.prices = doubled(this.prices);
    this.quantities = doubled(this.quantities);
  }
}
