import { ABSENT, depthOf, nodeHash } from "../../../src/proof/merkle.ts";

/**
 * The Merkle tree over many leaves of which nearly all are the same: one hash stands for every whole
 * subtree of them, so an attacker commits to a million rows that it never computed at no cost.
 */
export class SparseTree {
  /** On each level: how many nodes, the one that nearly all are, and those that are others. */
  readonly #levels: { count: number; usual: Uint8Array; others: Map<number, Uint8Array> }[] = [];

  constructor(count: number, usual: Uint8Array, others: ReadonlyMap<number, Uint8Array>) {
    this.#levels.push({ count, usual, others: new Map(others) });
    for (let depth = depthOf(count); depth > 0; depth--) this.#addLevel();
  }

  root(): Uint8Array {
    return this.#node(this.#levels.length - 1, 0);
  }

  /** The siblings from a leaf up to below the root. */
  path(leaf: number): Uint8Array {
    const siblings = this.#levels.slice(0, -1).map((_, i) => this.#node(i, (leaf >> i) ^ 1));
    return new Uint8Array(siblings.flatMap((hash) => [...hash]));
  }

  #node(level: number, index: number): Uint8Array {
    const { count, usual, others } = this.#levels[level]!;
    return index < count ? others.get(index) ?? usual : ABSENT;
  }

  #addLevel(): void {
    const below = this.#levels.length - 1;
    const { count, usual, others } = this.#levels[below]!;
    const parents = new Set([...others.keys()].map((index) => index >> 1));
    if (count % 2 === 1) parents.add(count >> 1);
    const node = (i: number) => nodeHash(this.#node(below, 2 * i), this.#node(below, 2 * i + 1));
    this.#levels.push({
      count: Math.ceil(count / 2),
      usual: nodeHash(usual, usual),
      others: new Map([...parents].map((index) => [index, node(index)])),
    });
  }
}
