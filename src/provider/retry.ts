import { HorizonError } from "../base/errors.ts";
import { TRANSIENT_CODES } from "../protocol/codes.ts";

/** First and longest wait between two attempts to reach a registry. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** True if the same request may succeed a little later. */
export function isTransient(thrown: unknown): boolean {
  return thrown instanceof HorizonError && TRANSIENT_CODES.has(thrown.code);
}

/** Waits that double up to a bound, each shortened by a random half, so that daemons spread out. */
export class Backoff {
  #wait_ms = FIRST_WAIT_MS;

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const wait_ms = this.#wait_ms * (1 - Math.random() / 2);
    this.#wait_ms = Math.min(2 * this.#wait_ms, LONGEST_WAIT_MS);
    return wait_ms;
  }

  /** Starts anew after a success. */
  reset(): void {
    this.#wait_ms = FIRST_WAIT_MS;
  }
}

/** Resolves after the wait or as soon as the signal is aborted, whichever comes first. */
export function pause(wait_ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const timer = setTimeout(done, wait_ms);
  signal.addEventListener("abort", done, { once: true });
  function done() {
    clearTimeout(timer);
    signal.removeEventListener("abort", done);
    resolve();
  }
  return promise;
}

/**
 * What an attempt gives, repeated while the registry is away. Throws what is not transient, and
 * `interrupted` as soon as the signal is aborted.
 */
export async function untilReached<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const backoff = new Backoff();
  while (true) {
    try {
      return await unlessAborted(attempt, signal);
    } catch (thrown) {
      if (!isTransient(thrown)) throw thrown;
      await pause(backoff.next(), signal);
    }
  }
}

/** The outcome of the work, or `interrupted` at once when the signal aborts; the work goes unheard. */
function unlessAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = () => reject(new HorizonError("interrupted", "Stopped."));
  if (signal.aborted) stop();
  else {
    signal.addEventListener("abort", stop, { once: true });
    work().then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  }
  return promise;
}
