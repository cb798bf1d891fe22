import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";

/** The time of events: the machine's clock, as long as nobody sets it by much, and never backwards. */
export class MarketTime {
  readonly #clock: Clock;
  /** Wall clock minus monotonic clock: it moves when the wall clock is set. */
  #offset_ms: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset_ms = clock.now() - clock.monotonic();
  }

  /** Now, but not before `last_at`. Throws `clock_jumped`. */
  next(last_at: number): number {
    const now = this.#clock.now();
    const offset_ms = now - this.#clock.monotonic();
    const jump_ms = offset_ms - this.#offset_ms;
    if (Math.abs(jump_ms) > LIMITS.clock_jump_ms) {
      throw new HorizonError("clock_jumped", "The clock of the registry's machine has jumped.", {
        fix: "Set the clock right; if it is right now, start the registry again.",
        details: { jump_ms: Math.round(jump_ms) },
      });
    }
    this.#offset_ms = offset_ms;
    return Math.max(now, last_at);
  }
}
