import type { FillRandom } from "./random.ts";

/** How many rows a registry opens: a provider that is wrong in a share f passes with (1 − f)⁶⁴. */
export const OPENED_ROWS = 64;
/** Indices drawn from the generator at a time. */
const DRAWS = 256;

/**
 * `count` distinct row indices below `m`, ascending, uniform over all such sets. Drawn only after the
 * root has arrived, and never derived from it: that would let a provider grind roots.
 */
export function drawRows(m: number, random: FillRandom, count = OPENED_ROWS): number[] {
  if (count > m) throw new RangeError(`cannot draw ${count} distinct rows of ${m}`);
  const mask = 2 ** Math.ceil(Math.log2(m)) - 1;
  const drawn = new Set<number>();
  const words = new Uint32Array(DRAWS);
  while (drawn.size < count) {
    random(new Uint8Array(words.buffer));
    for (const word of words) {
      const index = (word & mask) >>> 0;
      if (index < m && drawn.size < count) drawn.add(index);
    }
  }
  return [...drawn].sort((a, b) => a - b);
}
