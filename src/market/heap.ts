/** A binary min-heap: push and pop in O(log n), the least item in O(1). */
export class Heap<T> {
  #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  /** `isBefore` must be a strict total order. */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The least item, which stays. */
  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (above === undefined || !this.#isBefore(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  /** Takes the least item out. */
  pop(): T | undefined {
    const items = this.#items;
    const least = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sink(last);
    return least;
  }

  /** Drops all items but those wanted. */
  keep(isWanted: (item: T) => boolean): void {
    const kept = this.#items.filter(isWanted);
    this.#items = [];
    for (const item of kept) this.push(item);
  }

  /** Puts the item where it belongs, from the root down. */
  #sink(item: T): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      const left = items[2 * at + 1];
      if (left === undefined) break;
      const right = items[2 * at + 2];
      const isRight = right !== undefined && this.#isBefore(right, left);
      const least = isRight ? right : left;
      if (!this.#isBefore(least, item)) break;
      items[at] = least;
      at = 2 * at + (isRight ? 2 : 1);
    }
    items[at] = item;
  }
}
