import type { Clock } from "../../base/clock.ts";
import { HorizonError } from "../../base/errors.ts";

/** A rate: tokens that come back a second, and how many can lie in store. */
export interface Rate {
  per_second: number;
  burst: number;
}

interface Bucket {
  tokens: number;
  /** Monotonic milliseconds of the last change. */
  at: number;
}

/** Callers that are remembered; the one that has been still for longest is forgotten first. */
const MAX_BUCKETS = 20_000;

/** Token buckets by caller: a key, or an address. */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /**
   * Takes `cost` tokens from a caller, at most all that a full bucket has. Throws `rate_limited` with
   * `retry_after_s`.
   */
  take(caller: string, cost: number): void {
    const price = Math.min(cost, this.#rate.burst);
    const at = this.#clock.monotonic();
    const bucket = this.#buckets.get(caller) ?? { tokens: this.#rate.burst, at };
    const grown = bucket.tokens + (at - bucket.at) / 1000 * this.#rate.per_second;
    bucket.tokens = Math.min(this.#rate.burst, grown);
    bucket.at = at;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size > MAX_BUCKETS) {
      this.#buckets.delete(this.#buckets.keys().next().value ?? "");
    }
    if (bucket.tokens < price) {
      const retry_after_s = Math.ceil((price - bucket.tokens) / this.#rate.per_second);
      throw new HorizonError("rate_limited", "Too many requests from this caller.", {
        fix: `Wait ${retry_after_s} s.`,
        details: { retry_after_s },
      });
    }
    bucket.tokens -= price;
  }
}
