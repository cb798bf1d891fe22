import { fillKeystream, keyWords, SEED_BYTES } from "../../src/proof/chacha8.ts";
import type { FillRandom } from "../../src/proof/random.ts";

/** A fresh seed for a property test, printed so that a failure can be run again. */
export function freshSeed(what: string): number {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`${what}: seed ${seed}`);
  return seed;
}

/** Random bytes that follow from a number. */
export function seededRandom(seed: number): FillRandom {
  const key = keyWords(seedBytes(seed));
  let position = 0;
  return (bytes) => {
    const words = new Uint32Array(Math.ceil(bytes.length / 64) * 16);
    fillKeystream(key, 7, position, words);
    position += words.length;
    bytes.set(new Uint8Array(words.buffer, 0, bytes.length));
  };
}

/** A whole number in [low, high] by that randomness. */
export function randomInteger(random: FillRandom, low: number, high: number): number {
  const bytes = new Uint8Array(4);
  random(bytes);
  return low + new DataView(bytes.buffer).getUint32(0) % (high - low + 1);
}

/** The 32 bytes of a challenge seed that follow from a number. */
export function seedBytes(seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SEED_BYTES);
  new DataView(bytes.buffer).setUint32(0, seed, true);
  return bytes;
}
