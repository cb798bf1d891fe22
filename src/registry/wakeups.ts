/** Lets many wait for news of a few GPUs or jobs each. */
export class Wakeups {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Wakes whoever waits for this id. */
  wake(id: string): void {
    for (const resolve of this.#waiting.get(id) ?? []) resolve();
  }

  /** Resolves at news of one of the ids, after `wait_ms`, or when a signal is aborted. */
  async wait(ids: readonly string[], wait_ms: number, signals: AbortSignal[]): Promise<void> {
    const woken = Promise.withResolvers<void>();
    if (signals.some((signal) => signal.aborted)) return;
    for (const id of ids) {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting.add(woken.resolve));
    }
    const wake = () => woken.resolve();
    for (const signal of signals) signal.addEventListener("abort", wake);
    const timer = setTimeout(woken.resolve, wait_ms);
    await woken.promise;
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener("abort", wake);
    for (const id of ids) {
      const waiting = this.#waiting.get(id);
      waiting?.delete(woken.resolve);
      if (waiting?.size === 0) this.#waiting.delete(id);
    }
  }
}
