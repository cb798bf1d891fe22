import { doubled } from "./doubled.ts";

const PAGE_BITS = 8;
const PAGE_IDS = 2 ** PAGE_BITS;
const ID_MASK = PAGE_IDS - 1;
const FIRST_PAGES = 64;

/**
 * A map from ids to u32 values other than 0, for ids that are given out in order: a table of pages of
 * 256 ids, of which only those with a value in them take room (1 KiB), beside 4 bytes for each 256
 * ids ever given. Two look-ups whatever the ids are, so nobody can make it slow.
 */
export class IdMap {
  /** Values, page by page. Page 0 stays empty: it stands for every page that isn't there. */
  #values = new Uint32Array(FIRST_PAGES * PAGE_IDS);
  /** By id >>> PAGE_BITS: the page, 0 where there is none. */
  #pages = new Uint32Array(FIRST_PAGES);
  /** By page: ids with a value; of a free page, the next free one. */
  #counts = new Uint32Array(FIRST_PAGES);
  #used = 1;
  #free = 0;

  /** The value of an id, 0 if it has none. */
  get(id: number): number {
    const index = id >>> PAGE_BITS;
    if (index >= this.#pages.length) return 0;
    return this.#values[this.#pages[index]! * PAGE_IDS + (id & ID_MASK)]!;
  }

  /** Gives an id without a value one, which must not be 0. */
  add(id: number, value: number): void {
    const index = id >>> PAGE_BITS;
    while (index >= this.#pages.length) this.#pages = doubled(this.#pages);
    let page = this.#pages[index]!;
    if (page === 0) {
      page = this.#newPage();
      this.#pages[index] = page;
    }
    this.#values[page * PAGE_IDS + (id & ID_MASK)] = value;
    this.#counts[page] = this.#counts[page]! + 1;
  }

  /** Takes the value from an id that has one. */
  remove(id: number): void {
    const index = id >>> PAGE_BITS;
    const page = this.#pages[index]!;
    this.#values[page * PAGE_IDS + (id & ID_MASK)] = 0;
    const count = this.#counts[page]! - 1;
    this.#counts[page] = count;
    if (count > 0) return;
    this.#pages[index] = 0;
    this.#counts[page] = this.#free;
    this.#free = page;
  }

  #newPage(): number {
    const page = this.#free;
    if (page !== 0) {
      this.#free = this.#counts[page]!;
      this.#counts[page] = 0;
      return page;
    }
    if (this.#used === this.#counts.length) {
      this.#values = doubled(this.#values);
      this.#counts = doubled(this.#counts);
    }
    return this.#used++;
  }
}
