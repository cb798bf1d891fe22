import type { FillRandom } from "../../proof/random.ts";

const WORDS = 2 ** 32;

/** A number from 0 (may be) to 1 (never). */
export function uniform(random: FillRandom): number {
  const words = new Uint32Array(1);
  random(new Uint8Array(words.buffer));
  return (words[0] ?? 0) / WORDS;
}

/** A waiting time in milliseconds of that mean: what has been waited already tells nothing. */
export function waitingTime(random: FillRandom, mean_ms: number): number {
  return -Math.log(1 - uniform(random)) * mean_ms;
}

/** So many of the given ones, or all if there are fewer, each as likely as any other. */
export function drawSome<T>(random: FillRandom, from: readonly T[], count: number): T[] {
  const left = [...from];
  const drawn: T[] = [];
  while (drawn.length < count && left.length > 0) {
    drawn.push(...left.splice(Math.floor(uniform(random) * left.length), 1));
  }
  return drawn;
}
