/** A seeded generator (mulberry32): the same seed, the same run. */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** A random seed, for a run that prints it; HORIZON_TEST_SEED repeats one. */
  static fresh(): Random {
    const seed = Deno.env.get("HORIZON_TEST_SEED");
    if (seed !== undefined) return new Random(Number(seed));
    return new Random(crypto.getRandomValues(new Uint32Array(1))[0] ?? 1);
  }

  /** An integer in [0, end). */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * end);
  }

  bytes(size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = this.below(256);
    return bytes;
  }
}
