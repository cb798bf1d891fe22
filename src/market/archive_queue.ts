import { LIMITS } from "../protocol/limits.ts";

/** Records leave memory at full minutes, so that one event takes many. */
const STEP_MS = 60_000;
/** Taken entries that may lie before the head of the queue until it is cut. */
const MAX_SLACK = 4_096;

interface Ended {
  id: string;
  archive_at: number;
}

/** Ended leases and jobs in the order of their ends, which is also that of their archiving. */
export class ArchiveQueue {
  #items: Ended[] = [];
  #head = 0;

  /** Adds a lease or job; ends never go back in time. */
  push(id: string, ended_at: number): void {
    const due_at = ended_at + LIMITS.archive_after_ms;
    this.#items.push({ id, archive_at: due_at + (STEP_MS - due_at % STEP_MS) % STEP_MS });
  }

  /** When the first one leaves. */
  get next_at(): number | undefined {
    return this.#items[this.#head]?.archive_at;
  }

  /** Those that leave next, all at the same time, at most `LIMITS.archive_batch`. */
  nextBatch(): string[] {
    const at = this.next_at;
    const front = this.#items.slice(this.#head, this.#head + LIMITS.archive_batch);
    return front.filter(({ archive_at }) => archive_at === at).map(({ id }) => id);
  }

  /** Drops the first `count`, and returns them. */
  take(count: number): string[] {
    const taken = this.#items.slice(this.#head, this.#head + count).map(({ id }) => id);
    this.#head += taken.length;
    if (this.#head > MAX_SLACK && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }
}
