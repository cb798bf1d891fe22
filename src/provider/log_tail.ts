import type { LogLine } from "../protocol/api.ts";

/** The last lines of a log that is longer than what may be sent of it. */
export class LogTail {
  readonly #ring: LogLine[] = [];
  readonly #max_lines: number;
  #count = 0;

  constructor(max_lines: number) {
    this.#max_lines = max_lines;
  }

  /** Takes a line in place of the oldest. */
  push(line: LogLine): void {
    this.#ring[this.#count % this.#max_lines] = line;
    this.#count += 1;
  }

  /** What is kept, in order, after a line that says how many were left out, if any were. */
  take(): LogLine[] {
    const start = this.#count > this.#max_lines ? this.#count % this.#max_lines : 0;
    const kept = [...this.#ring.slice(start), ...this.#ring.slice(0, start)];
    const left_out = this.#count - kept.length;
    const [first] = kept;
    if (first === undefined || left_out === 0) return kept;
    const text = `${left_out} lines are left out here: the log is too long`;
    return [{ at: first.at, kind: "status", text }, ...kept];
  }
}
