import type { FillRandom } from "./random.ts";

/** Indices drawn from the generator at a time. */
const DRAWS = 256;

/** `count` distinct numbers below `bound`, ascending, uniform over all such sets. */
export function drawDistinct(bound: number, random: FillRandom, count: number): number[] {
  if (count > bound) throw new RangeError(`cannot draw ${count} distinct numbers below ${bound}`);
  const mask = 2 ** Math.ceil(Math.log2(bound)) - 1;
  const drawn = new Set<number>();
  const words = new Uint32Array(DRAWS);
  while (drawn.size < count) {
    random(new Uint8Array(words.buffer));
    for (const word of words) {
      const number = (word & mask) >>> 0;
      if (number < bound && drawn.size < count) drawn.add(number);
    }
  }
  return [...drawn].sort((a, b) => a - b);
}
