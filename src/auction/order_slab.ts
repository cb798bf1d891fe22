import { doubled } from "./doubled.ts";

/** Fields of an order. */
export const ID = 0;
export const PRICE = 1;
export const QUANTITY = 2;
/** Neighbours in the ring of the orders at one price; NEXT also chains the free slots. */
const NEXT = 3;
const PREVIOUS = 4;

/** Words of a slot: half a cache line, so that an order is never split between two. */
const SLOT_WORDS = 8;
const FIRST_CAPACITY = 1024;

/** Orders in slots of one typed array, linked to rings. Slot 0 is none; freed slots are used again. */
export class OrderSlab {
  #words = new Uint32Array(FIRST_CAPACITY * SLOT_WORDS);
  /** Slots ever used, slot 0 among them. */
  #used = 1;
  #free = 0;
  /** Slots in use. */
  count = 0;

  get(slot: number, field: typeof ID | typeof PRICE | typeof QUANTITY): number {
    return this.#words[slot * SLOT_WORDS + field]!;
  }

  set(slot: number, field: typeof QUANTITY, value: number): void {
    this.#words[slot * SLOT_WORDS + field] = value;
  }

  nextOf(slot: number): number {
    return this.#words[slot * SLOT_WORDS + NEXT]!;
  }

  /** Puts an order into a free slot, in no ring yet. */
  take(id: number, price: number, quantity: number): number {
    let slot = this.#free;
    if (slot === 0) {
      slot = this.#used++;
      if (this.#used * SLOT_WORDS > this.#words.length) this.#words = doubled(this.#words);
    }
    const words = this.#words;
    const at = slot * SLOT_WORDS;
    if (slot === this.#free) this.#free = words[at + NEXT]!;
    words[at + ID] = id;
    words[at + PRICE] = price;
    words[at + QUANTITY] = quantity;
    this.count++;
    return slot;
  }

  /** Frees the slot of an order that is in no ring. */
  release(slot: number): void {
    this.#words[slot * SLOT_WORDS + NEXT] = this.#free;
    this.#free = slot;
    this.count--;
  }

  /** Links an order into a ring behind another one; alone where that is 0. */
  linkAfter(before: number, slot: number): void {
    const words = this.#words;
    const previous = before === 0 ? slot : before;
    const next = before === 0 ? slot : words[before * SLOT_WORDS + NEXT]!;
    words[slot * SLOT_WORDS + NEXT] = next;
    words[slot * SLOT_WORDS + PREVIOUS] = previous;
    words[next * SLOT_WORDS + PREVIOUS] = slot;
    words[previous * SLOT_WORDS + NEXT] = slot;
  }

  /** Takes an order out of its ring; returns the one before it, itself where it was alone. */
  unlink(slot: number): number {
    const words = this.#words;
    const next = words[slot * SLOT_WORDS + NEXT]!;
    const previous = words[slot * SLOT_WORDS + PREVIOUS]!;
    words[previous * SLOT_WORDS + NEXT] = next;
    words[next * SLOT_WORDS + PREVIOUS] = previous;
    return previous;
  }

  /** The sum of the quantities in an order's ring. */
  sumOfRing(slot: number): number {
    let sum = 0;
    let at = slot;
    do {
      sum += this.get(at, QUANTITY);
      at = this.nextOf(at);
    } while (at !== slot);
    return sum;
  }
}
