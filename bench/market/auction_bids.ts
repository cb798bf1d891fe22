import { Random } from "../../tests/random.ts";

/** The prices that bids have: from a cent to ten dollars an hour, in micro-dollars. */
const MIN_PRICE_MICROS = 10_000;
const MAX_PRICE_MICROS = 10_000_000;
const SEED = 7;

/** Random prices. */
export function randomPrices(rows: number, seed = SEED): Uint32Array {
  const random = new Random(seed);
  const span = MAX_PRICE_MICROS - MIN_PRICE_MICROS;
  return new Uint32Array(rows).map(() => MIN_PRICE_MICROS + random.below(span));
}

/** Random numbers from `first`, of so many values. */
export function randomNumbers(rows: number, first: number, values: number): Uint32Array {
  const random = new Random(SEED + 1);
  return new Uint32Array(rows).map(() => first + random.below(values));
}

/** Milliseconds of a run, averaged over so many in a row. */
export function milliseconds(run: () => void, times = 1): number {
  const started = performance.now();
  for (let i = 0; i < times; i++) run();
  return (performance.now() - started) / times;
}
