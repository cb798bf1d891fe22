import { ABSENT, depthOf, nodeHash } from "../../src/proof/merkle.ts";
import { SHA256_BYTES } from "../../src/base/hash.ts";

/**
 * A Merkle tree over many leaves of which only a few are known: every subtree without a known leaf has
 * an arbitrary hash, so that nothing needs to be computed for the millions of others.
 */
export class SparseTree {
  readonly #levels: Map<number, Uint8Array>[];
  readonly #count: number;
  readonly #arbitrary: Uint8Array;

  constructor(count: number, known: ReadonlyMap<number, Uint8Array>, arbitrary: Uint8Array) {
    this.#count = count;
    this.#arbitrary = arbitrary;
    this.#levels = [new Map(known)];
    for (let level = 0; level < depthOf(count); level++) {
      const parents = new Map<number, Uint8Array>();
      for (const index of this.#levels[level]!.keys()) {
        const left = index - index % 2;
        parents.set(left / 2, nodeHash(this.#at(level, left), this.#at(level, left + 1)));
      }
      this.#levels.push(parents);
    }
  }

  get root(): Uint8Array<ArrayBuffer> {
    return this.#at(depthOf(this.#count), 0).slice();
  }

  /** The siblings of a known leaf, leaf level first. */
  pathOf(leaf: number): Uint8Array<ArrayBuffer> {
    const depth = depthOf(this.#count);
    const path = new Uint8Array(depth * SHA256_BYTES);
    for (let level = 0; level < depth; level++) {
      path.set(this.#at(level, (leaf >> level) ^ 1), level * SHA256_BYTES);
    }
    return path;
  }

  #at(level: number, index: number): Uint8Array {
    const isAbsent = index >= Math.ceil(this.#count / 2 ** level);
    return isAbsent ? ABSENT : this.#levels[level]!.get(index) ?? this.#arbitrary;
  }
}
