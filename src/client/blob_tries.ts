import { HorizonError } from "../base/errors.ts";
import { AWAY_CODES } from "../protocol/codes.ts";
import type { Wait } from "./retries.ts";

/** Waits after failures in a row; any byte that arrives in between begins them anew. */
const WAITS_MS = [200, 800, 2_000, 5_000];

/** How a transfer persists: as long as it comes forward, and a few tries more. */
export class Persistence {
  readonly #wait: Wait;
  readonly #signal: AbortSignal;
  #failures = 0;
  #best_bytes = 0;

  constructor(wait: Wait, signal: AbortSignal) {
    this.#wait = wait;
    this.#signal = signal;
  }

  /** Waits until it is time to try again; throws the failure where that has no sense any more. */
  async again(thrown: unknown, done_bytes: number): Promise<void> {
    if (!(thrown instanceof HorizonError) || this.#signal.aborted) throw thrown;
    if (!AWAY_CODES.has(thrown.code) && thrown.code !== "blob_offset") throw thrown;
    if (done_bytes > this.#best_bytes) {
      this.#best_bytes = done_bytes;
      this.#failures = 0;
    }
    const wait_ms = WAITS_MS[this.#failures++];
    if (wait_ms === undefined) throw thrown;
    await this.#wait(wait_ms, this.#signal);
    if (this.#signal.aborted) throw new HorizonError("interrupted", "Interrupted.");
  }
}
