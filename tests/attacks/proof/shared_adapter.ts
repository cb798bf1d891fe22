import type { Begin, Proving } from "./attacker.ts";
import { honest } from "./software_adapter.ts";

/** One adapter behind several ids: it works for one at a time. */
export class SharedAdapter {
  #last: Promise<unknown> = Promise.resolve();
  /** By its place in the order: resolves when all that is timed of that one's proof is done. */
  readonly #timed = new Map<number, PromiseWithResolvers<void>>();

  /** Serves each stage of each id in the order in which they come. */
  readonly begin: Begin = async (challenge, seed) => {
    const proving = await this.#run(() => honest(challenge, seed));
    return {
      matrix: () => this.#run(() => proving.matrix()),
      chain: (key) => this.#run(() => proving.chain(key)),
      sweep: (key) => this.#run(() => proving.sweep(key)),
      open: (draw) => this.#run(() => proving.open(draw)),
    };
  };

  /** Serves one id after the other, each through all its stages. */
  beginAt(place: number): Begin {
    const { promise: before } = place === 0
      ? { promise: Promise.resolve() }
      : this.#place(place - 1);
    return async (challenge, seed): Promise<Proving> => {
      await before;
      const proving = await this.begin(challenge, seed);
      const sweep = async (key: Uint8Array) => {
        const roots = await proving.sweep(key);
        this.#place(place).resolve();
        return roots;
      };
      return {
        matrix: () => proving.matrix(),
        chain: (key) => proving.chain(key),
        sweep,
        open: (draw) => proving.open(draw),
      };
    };
  }

  #place(place: number): PromiseWithResolvers<void> {
    const timed = this.#timed.get(place) ?? Promise.withResolvers<void>();
    this.#timed.set(place, timed);
    return timed;
  }

  #run<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
