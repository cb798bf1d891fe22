/** A wait that can be cut short: by news, or for good. */
export class Turns {
  #wake: (() => void) | null = null;
  #isNews = false;
  #isEnded = false;

  /** Resolves after a time, or as soon as there is news; at once if there was some since the last wait. */
  async wait(wait_ms: number): Promise<void> {
    if (!this.#isNews && !this.#isEnded) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, wait_ms);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
      this.#wake = null;
    }
    this.#isNews = false;
  }

  /** There is news. */
  wake(): void {
    this.#isNews = true;
    this.#wake?.();
  }

  /** From now on nothing waits. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }
}
