import { fillKeystream, keyWords } from "../../src/proof/chacha8.ts";
import { STREAM_A, STREAM_B } from "../../src/proof/freivalds.ts";
import { leafHash, merkleTree, pathOf, rootOf } from "../../src/proof/merkle.ts";
import { encodeOpenings } from "../../src/proof/openings.ts";
import type { MatrixSize } from "../../src/proof/profiles.ts";

/** Words of a stream, read at once. */
export function words(seed: Uint8Array, stream: number, count: number): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(count);
  fillKeystream(keyWords(seed), stream, 0, out);
  return out;
}

/** C = A·B mod 2³² of a seed's matrices. */
export function referenceProduct(seed: Uint8Array, size: MatrixSize): Uint32Array<ArrayBuffer> {
  const a = words(seed, STREAM_A, size.m * size.k);
  return multiply(a, words(seed, STREAM_B, size.k * size.n), size);
}

/** A·B mod 2³² by the definition. */
export function multiply(
  a: Uint32Array,
  b: Uint32Array,
  { m, k, n }: MatrixSize,
): Uint32Array<ArrayBuffer> {
  const c = new Uint32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < k; j++) {
      const factor = a[i * k + j]!;
      for (let l = 0; l < n; l++) c[i * n + l]! += Math.imul(factor, b[j * n + l]!);
    }
  }
  return c;
}

/** The commitment and the answers of a prover that holds these rows, right or wrong. */
export class ReferenceProver {
  readonly #rows: Uint8Array[];
  readonly #tree: Uint8Array;

  constructor(readonly size: MatrixSize, product: Uint32Array<ArrayBuffer>) {
    const row_bytes = 4 * size.n;
    this.#rows = Array.from(
      { length: size.m },
      (_, i) => new Uint8Array(product.buffer, i * row_bytes, row_bytes),
    );
    this.#tree = merkleTree(this.#rows.map(leafHash));
  }

  get root(): Uint8Array {
    return rootOf(this.#tree);
  }

  open(indices: readonly number[]): Uint8Array<ArrayBuffer> {
    const openings = indices.map((index) => ({
      index,
      row: this.#rows[index]!,
      path: pathOf(this.#tree, this.size.m, index),
    }));
    return encodeOpenings(this.size, openings);
  }
}
