import { type ProviderOptions, runProvider } from "./daemon.ts";

/**
 * Runs a provider for as long as the work takes, inside the same process. Throws what either throws:
 * a provider that can't run ends the work's waiting.
 */
export async function provideDuring<T>(
  options: Omit<ProviderOptions, "log">,
  work: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const provider = runProvider({ ...options, log: () => {} }, stop.signal);
  const ended = provider.then((): never => {
    throw new DOMException("the provider ended", "AbortError");
  });
  try {
    return await Promise.race([work(), ended]);
  } finally {
    stop.abort();
    await provider.catch(() => {});
  }
}
