import { CODE, ConnectionError } from "./errors.ts";

const PER_SECOND = 200;
const BURST = 2_000;

/**
 * Frames that cost the server more than the client and bring nothing: resets, pings, settings, empty
 * ones. A client may send some, as every library does; a flood of them ends its connection.
 */
export class Noise {
  #left = BURST;
  #at_ms = performance.now();

  /** Counts one. Throws ENHANCE_YOUR_CALM beyond the limit. */
  add(): void {
    const now_ms = performance.now();
    this.#left = Math.min(BURST, this.#left + (now_ms - this.#at_ms) / 1000 * PER_SECOND) - 1;
    this.#at_ms = now_ms;
    if (this.#left < 0) throw new ConnectionError(CODE.enhance_your_calm, "too many idle frames");
  }
}
