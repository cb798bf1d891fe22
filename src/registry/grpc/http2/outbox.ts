import { concat } from "./frame.ts";

/** What waits for a peer that doesn't read. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Writes frames to a connection: those of one turn, and of the time of a write, in one piece. */
export class Outbox {
  readonly #conn: Deno.Conn;
  readonly #onFailure: () => void;
  #waiting: Uint8Array[] = [];
  #waiting_bytes = 0;
  #flushing: Promise<void> | null = null;

  constructor(conn: Deno.Conn, onFailure: () => void) {
    this.#conn = conn;
    this.#onFailure = onFailure;
  }

  push(frame: Uint8Array): void {
    this.#waiting.push(frame);
    this.#waiting_bytes += frame.length;
    if (this.#waiting_bytes > MAX_WAITING_BYTES) return this.#onFailure();
    this.#flushing ??= this.#flush();
  }

  /** Resolves when all that was pushed is on its way, or the connection is gone. */
  flushed(): Promise<void> {
    return this.#flushing ?? Promise.resolve();
  }

  async #flush(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const bytes = this.#waiting.length === 1 && this.#waiting[0] !== undefined
          ? this.#waiting[0]
          : concat(this.#waiting);
        this.#waiting = [];
        this.#waiting_bytes = 0;
        for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
      }
    } catch {
      this.#onFailure();
    } finally {
      this.#flushing = null;
    }
  }
}
