import type { Clock } from "../base/clock.ts";

/** Bytes that may come: so many at once, and so many more with each second. */
export class FloodBound {
  readonly #clock: Clock;
  readonly #burst_bytes: number;
  readonly #bytes_per_s: number;
  readonly #began_ms: number;
  #taken_bytes = 0;

  constructor(burst_bytes: number, bytes_per_s: number, clock: Clock) {
    this.#burst_bytes = burst_bytes;
    this.#bytes_per_s = bytes_per_s;
    this.#clock = clock;
    this.#began_ms = clock.monotonic();
  }

  /** Takes bytes that came; false once they are more than may come by now. */
  take(size_bytes: number): boolean {
    this.#taken_bytes += size_bytes;
    if (this.#taken_bytes <= this.#burst_bytes) return true;
    const passed_s = (this.#clock.monotonic() - this.#began_ms) / 1000;
    return this.#taken_bytes <= this.#burst_bytes + this.#bytes_per_s * passed_s;
  }
}
