import { doubled } from "./doubled.ts";

const DIGIT_BITS = 5;
const FANOUT = 2 ** DIGIT_BITS;
const DIGIT_MASK = FANOUT - 1;
/** Digits of a 32-bit key; the highest has two bits. */
const MAX_HEIGHT = 7;
const FIRST_CAPACITY = 64;

/**
 * An ordered map from u32 keys to u32 values other than 0, in typed arrays: a radix tree of 32-way
 * nodes, each with a word of bits that say which of its slots are in use, so that the next key is
 * found by counting zeros. It is as high as its largest key needs (as Linux's XArray is), so keys
 * below 2²⁵ take five steps and none takes more than seven, whoever chooses them: there is no hash to
 * collide. Nodes are 132 bytes and are used again when they empty.
 */
export class RadixTree {
  /** Slots 32n … 32n + 31 are node n's: child nodes, or values in a leaf; 0 where unused. */
  #slots = new Uint32Array(FIRST_CAPACITY * FANOUT);
  /** By node: which slots are in use; of a free node, the next free one. */
  #bits = new Uint32Array(FIRST_CAPACITY);
  #height = 1;
  #root = 1;
  /** Nodes ever used, node 0 (which is none) among them. */
  #used = 2;
  #free = 0;
  /** The nodes from the root to a leaf, by their level above the leaves. */
  readonly #path = new Uint32Array(MAX_HEIGHT);

  /** Steps from the root to a value. */
  get height(): number {
    return this.#height;
  }

  /** Nodes it has taken room for, emptied ones among them. */
  get nodes(): number {
    return this.#used - 1;
  }

  /** The value of a key, 0 if it has none. O(height). */
  get(key: number): number {
    if (this.#isBeyond(key)) return 0;
    const slots = this.#slots;
    let node = this.#root;
    for (let shift = (this.#height - 1) * DIGIT_BITS; shift > 0; shift -= DIGIT_BITS) {
      node = slots[node * FANOUT + ((key >>> shift) & DIGIT_MASK)]!;
    }
    // Node 0 has only empty slots, so a missing child needs no test on the way.
    return slots[node * FANOUT + (key & DIGIT_MASK)]!;
  }

  /** Gives a key a value, which must not be 0; returns the one it had, or 0. O(height). */
  set(key: number, value: number): number {
    if (this.#used + 2 * MAX_HEIGHT > this.#bits.length) this.#grow();
    while (this.#isBeyond(key)) this.#raise();
    const slots = this.#slots, bits = this.#bits;
    let node = this.#root;
    for (let shift = (this.#height - 1) * DIGIT_BITS; shift > 0; shift -= DIGIT_BITS) {
      const digit = (key >>> shift) & DIGIT_MASK;
      let child = slots[node * FANOUT + digit]!;
      if (child === 0) {
        child = this.#newNode();
        slots[node * FANOUT + digit] = child;
        bits[node] = bits[node]! | (1 << digit);
      }
      node = child;
    }
    const digit = key & DIGIT_MASK;
    const before = slots[node * FANOUT + digit]!;
    slots[node * FANOUT + digit] = value;
    bits[node] = bits[node]! | (1 << digit);
    return before;
  }

  /** Removes a key, if it is there. O(height). */
  delete(key: number): void {
    if (this.#isBeyond(key)) return;
    const slots = this.#slots, bits = this.#bits;
    if (this.#descend(key) !== 0) return;
    for (let level = 0; level < this.#height; level++) {
      const node = this.#path[level]!;
      const digit = (key >>> (level * DIGIT_BITS)) & DIGIT_MASK;
      slots[node * FANOUT + digit] = 0;
      bits[node] = bits[node]! & ~(1 << digit);
      if (bits[node] !== 0 || node === this.#root) break;
      bits[node] = this.#free;
      this.#free = node;
    }
    if (bits[this.#root]! <= 1) this.#lower();
  }

  /** The smallest key above `key` (0 to 2³² − 1), or −1 if there is none. O(height). */
  above(key: number): number {
    if (this.#isBeyond(key)) return -1;
    for (let level = this.#descend(key); level < this.#height; level++) {
      const shift = level * DIGIT_BITS;
      const digit = (key >>> shift) & DIGIT_MASK;
      const higher = this.#bits[this.#path[level]!]! & ~((2 << digit) - 1);
      if (higher === 0) continue;
      return this.#extreme(level, keepAbove(key, level), lowestBit(higher), lowestBit);
    }
    return -1;
  }

  /** The largest key below `key` (0 to 2³² − 1), or −1 if there is none. O(height). */
  below(key: number): number {
    if (this.#isBeyond(key)) return this.#last();
    for (let level = this.#descend(key); level < this.#height; level++) {
      const shift = level * DIGIT_BITS;
      const digit = (key >>> shift) & DIGIT_MASK;
      const lower = this.#bits[this.#path[level]!]! & ((1 << digit) - 1);
      if (lower === 0) continue;
      return this.#extreme(level, keepAbove(key, level), highestBit(lower), highestBit);
    }
    return -1;
  }

  #last(): number {
    const bits = this.#bits[this.#root]!;
    if (bits === 0) return -1;
    this.#path[this.#height - 1] = this.#root;
    return this.#extreme(this.#height - 1, 0, highestBit(bits), highestBit);
  }

  /** The outermost key under slot `digit` of the path's node at a level. */
  #extreme(level: number, prefix: number, digit: number, outermost: (bits: number) => number) {
    let node = this.#path[level]!;
    let key = prefix;
    for (;;) {
      key |= digit << (level * DIGIT_BITS);
      if (level-- === 0) return key >>> 0;
      node = this.#slots[node * FANOUT + digit]!;
      digit = outermost(this.#bits[node]!);
    }
  }

  /** Writes the path to a key as far as it exists; returns the lowest level it reached. */
  #descend(key: number): number {
    let node = this.#root;
    let level = this.#height - 1;
    this.#path[level] = node;
    while (level > 0) {
      node = this.#slots[node * FANOUT + ((key >>> (level * DIGIT_BITS)) & DIGIT_MASK)]!;
      if (node === 0) break;
      this.#path[--level] = node;
    }
    return level;
  }

  /** Whether a key needs a higher tree. */
  #isBeyond(key: number): boolean {
    return this.#height < MAX_HEIGHT && key >>> (this.#height * DIGIT_BITS) !== 0;
  }

  #raise(): void {
    this.#height++;
    if (this.#bits[this.#root] === 0) return;
    const root = this.#newNode();
    this.#slots[root * FANOUT] = this.#root;
    this.#bits[root] = 1;
    this.#root = root;
  }

  /** Takes away roots that hold nothing but their first child. */
  #lower(): void {
    while (this.#height > 1 && this.#bits[this.#root] === 1) {
      const root = this.#root;
      this.#root = this.#slots[root * FANOUT]!;
      this.#slots[root * FANOUT] = 0;
      this.#bits[root] = this.#free;
      this.#free = root;
      this.#height--;
    }
    if (this.#bits[this.#root] === 0) this.#height = 1;
  }

  #newNode(): number {
    if (this.#free === 0) return this.#used++;
    const node = this.#free;
    this.#free = this.#bits[node]!;
    this.#bits[node] = 0;
    return node;
  }

  #grow(): void {
    this.#slots = doubled(this.#slots);
    this.#bits = doubled(this.#bits);
  }
}

/** The digits of a key above a level, the rest 0. */
function keepAbove(key: number, level: number): number {
  return level === MAX_HEIGHT - 1 ? 0 : key & (-1 << ((level + 1) * DIGIT_BITS));
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function highestBit(bits: number): number {
  return 31 - Math.clz32(bits);
}
