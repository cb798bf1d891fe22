import { HorizonError } from "../base/errors.ts";
import { TRANSIENT_CODES } from "../protocol/codes.ts";

/** Waits between attempts: together they outlast a registry that is stopped and started anew. */
const WAITS_MS = [200, 800, 2_000];
/** What a reader meets while a registry is replaced. One that is busy is not asked twice for a read. */
export const RESTART_CODES: ReadonlySet<string> = new Set(["network", "no_leader", "fenced"]);

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
 * Tries again what is safe to repeat, after errors of these codes: a read, or a signed intent, since its
 * id makes the registry give its first answer again.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  wait: Wait,
  signal: AbortSignal | undefined,
  codes: ReadonlySet<string> = TRANSIENT_CODES,
): Promise<T> {
  for (const ms of WAITS_MS) {
    try {
      return await attempt();
    } catch (thrown) {
      const isTransient = thrown instanceof HorizonError && codes.has(thrown.code);
      if (!isTransient || signal?.aborted) throw thrown;
      await wait(ms, signal);
    }
  }
  return await attempt();
}
