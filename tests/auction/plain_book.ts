/** A fill: taker, maker, price, quantity. */
export type Fill = [number, number, number, number];

interface Resting {
  id: number;
  buys: boolean;
  price: number;
  quantity: number;
  /** When it took its place; earlier ones go first. */
  place: number;
}

/** An order book of one list of objects, sorted anew for every order. */
export class PlainBook {
  fills: Fill[] = [];
  orders: Resting[] = [];
  #ids = 0;
  #places = 0;

  enter(buys: boolean, price: number, quantity: number, rests: boolean): number {
    const id = ++this.#ids;
    this.#match(id, buys, price, quantity, rests);
    return id;
  }

  cancel(id: number): number {
    const order = this.orders.find((order) => order.id === id);
    this.orders = this.orders.filter((other) => other !== order);
    return order?.quantity ?? 0;
  }

  modify(id: number, price: number, quantity: number): boolean {
    const order = this.orders.find((order) => order.id === id);
    if (order === undefined) return false;
    if (price === order.price && quantity > 0 && quantity <= order.quantity) {
      order.quantity = quantity;
      return true;
    }
    this.cancel(id);
    this.#match(id, order.buys, price, quantity, true);
    return true;
  }

  /** The orders of a side, the best first. */
  side(buys: boolean): Resting[] {
    return this.orders.filter((order) => order.buys === buys)
      .sort((a, b) => (buys ? b.price - a.price : a.price - b.price) || a.place - b.place);
  }

  #match(id: number, buys: boolean, price: number, quantity: number, rests: boolean): void {
    let left = quantity;
    for (const maker of this.side(!buys)) {
      if (left === 0 || (buys ? maker.price > price : maker.price < price)) break;
      const fill = Math.min(left, maker.quantity);
      this.fills.push([id, maker.id, maker.price, fill]);
      left -= fill;
      maker.quantity -= fill;
    }
    this.orders = this.orders.filter((order) => order.quantity > 0);
    if (rests && left > 0) {
      this.orders.push({ id, buys, price, quantity: left, place: ++this.#places });
    }
  }
}
