import { drawDistinct } from "../../../src/proof/draw_distinct.ts";
import type { FillRandom } from "../../../src/proof/random.ts";
import { type ProofSize, TAG_WORDS } from "../../../src/proof/size.ts";
import { ReferenceProver } from "../../proof/reference.ts";

/** What a shirker leaves out. */
export type Part = "rows" | "lanes" | "tags";
export const PARTS: readonly Part[] = ["rows", "lanes", "tags"];

/** How many there are of a part: rows of C, lanes of the chain, tags of a sweep. */
export function countOf(part: Part, size: ProofSize): number {
  return part === "lanes" ? size.lanes : size.m;
}

/**
 * Leaves out a share of one part's work, at places that it chooses at random since it can't know which
 * are opened, and commits to zeros there. All else is right.
 */
export class Shirker extends ReferenceProver {
  readonly #part: Part;
  readonly #left_out: ReadonlySet<number>;

  constructor(
    size: ProofSize,
    product: Uint32Array<ArrayBuffer>,
    part: Part,
    left_out: readonly number[],
  ) {
    super(size, part === "rows" ? withoutRows(product, size.n, left_out) : product);
    this.#part = part;
    this.#left_out = new Set(left_out);
  }

  /** One that does this share of a part's work. */
  static doing(
    share: number,
    part: Part,
    size: ProofSize,
    product: Uint32Array<ArrayBuffer>,
    random: FillRandom,
  ): Shirker {
    const count = countOf(part, size);
    const left_out = drawDistinct(count, random, Math.round((1 - share) * count));
    return new Shirker(size, product, part, left_out);
  }

  protected override lane(key: Uint32Array, lane: number): number {
    return this.#part === "lanes" && this.#left_out.has(lane) ? 0 : super.lane(key, lane);
  }

  protected override tag(key: Uint32Array, index: number, sweep: number): Uint8Array {
    if (this.#part === "tags" && this.#left_out.has(index)) return new Uint8Array(4 * TAG_WORDS);
    return super.tag(key, index, sweep);
  }
}

function withoutRows(
  product: Uint32Array<ArrayBuffer>,
  n: number,
  left_out: readonly number[],
): Uint32Array<ArrayBuffer> {
  const kept = product.slice();
  for (const row of left_out) kept.fill(0, row * n, (row + 1) * n);
  return kept;
}

/** The probability that none of 64 things drawn of `count` is among the `wrong` ones: about (1 − f)⁶⁴. */
export function passingProbability(count: number, wrong: number, drawn = 64): number {
  let probability = 1;
  for (let i = 0; i < drawn; i++) probability *= Math.max(0, count - wrong - i) / (count - i);
  return probability;
}
