import { Random } from "../random.ts";

/** Random cases of each property. */
export const CASES = 10_000;
const MAX_U32 = 2 ** 32 - 1;

/** Runs a property on random cases and prints the seed; a failure says which case it was. */
export function forCases(property: string, count: number, run: (random: Random) => void): void {
  const random = Random.fresh();
  console.log(`${property}: ${count} cases, seed ${random.seed}`);
  for (let i = 0; i < count; i++) {
    try {
      run(random);
    } catch (cause) {
      throw new Error(`case ${i} of seed ${random.seed}: ${property}`, { cause });
    }
  }
}

/** A u32 column; each column has its own kind of values: ties, extremes, or the whole range. */
export function column(random: Random, rows: number): Uint32Array {
  const kind = random.below(5);
  return Uint32Array.from({ length: rows }, () => {
    if (kind === 0) return random.below(3);
    if (kind === 1) return MAX_U32 - random.below(3);
    if (kind === 2) return random.below(MAX_U32);
    if (kind === 3) return 300_000 + random.below(10);
    return [0, 1, 65_535, 65_536, 2_047, 2_048, MAX_U32][random.below(7)] ?? 0;
  });
}

/** One value of such a column. */
export function value(random: Random): number {
  return column(random, 1)[0] ?? 0;
}
