import { HorizonError } from "../base/errors.ts";
import { TRANSIENT_CODES } from "../protocol/codes.ts";

/** Waits between the attempts of one signed intent. */
const WAITS_MS = [200, 800];

/** Waits, or ends at once when the signal aborts. Tests pass one that doesn't wait. */
export type Wait = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

/** The machine's own wait. */
export const realWait: Wait = (ms, signal) =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });

/**
 * Tries again what is safe to repeat: a signed intent, since its id makes the registry give its first
 * answer again.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  wait: Wait,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (const ms of WAITS_MS) {
    try {
      return await attempt();
    } catch (thrown) {
      const isTransient = thrown instanceof HorizonError && TRANSIENT_CODES.has(thrown.code);
      if (!isTransient || signal?.aborted) throw thrown;
      await wait(ms, signal);
    }
  }
  return await attempt();
}
