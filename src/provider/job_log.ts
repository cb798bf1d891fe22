import type { Clock } from "../base/clock.ts";
import type { LogLine } from "../protocol/api.ts";
import { LIMITS } from "../protocol/limits.ts";
import { pause, untilReached } from "./retry.ts";

/** How long lines wait for others to travel with. */
const BATCH_WAIT_MS = 200;
/** How long the end of a job waits for its last lines to arrive. */
const CLOSE_WAIT_MS = 5_000;

/** Sends lines to the registry. */
export type SendLines = (lines: LogLine[]) => Promise<unknown>;

/**
 * The log of one attempt at a job on its way to the registry: in batches, in order, bounded in lines
 * and length. While the registry is away lines wait; a registry that refuses them ends the sending.
 */
export class JobLog {
  readonly #send: SendLines;
  readonly #clock: Clock;
  readonly #pending: LogLine[] = [];
  readonly #stop = new AbortController();
  /** Aborted when no more lines will come, so that none waits for company. */
  readonly #hurry = new AbortController();
  #accepted = 0;
  #sending: Promise<void> | undefined;

  constructor(send: SendLines, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** Takes one line; long ones are cut, and beyond the limit of lines only `status` is taken. */
  push(kind: LogLine["kind"], text: string): void {
    if (this.#stop.signal.aborted) return;
    const isFull = this.#accepted >= LIMITS.job_log_lines - LIMITS.job_log_batch_lines;
    if (isFull && kind !== "status") return;
    // Only the newest progress is worth sending.
    const last = this.#pending.at(-1);
    if (kind === "progress" && last?.kind === "progress") this.#pending.pop();
    else this.#accepted += 1;
    const line = { at: this.#clock.now(), kind, text: text.slice(0, LIMITS.job_log_line_chars) };
    this.#pending.push(line);
    this.#sending ??= this.#run();
  }

  /** Waits a bounded time until all is sent, then gives up the rest. */
  async close(): Promise<void> {
    this.#hurry.abort();
    const waited = new AbortController();
    const sent = (this.#sending ?? Promise.resolve()).finally(() => waited.abort());
    await Promise.race([sent, pause(CLOSE_WAIT_MS, waited.signal)]);
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    await pause(BATCH_WAIT_MS, this.#hurry.signal);
    try {
      while (this.#pending.length > 0 && !this.#stop.signal.aborted) {
        const batch = this.#pending.splice(0, LIMITS.job_log_batch_lines);
        await untilReached(() => this.#send(batch), this.#stop.signal);
      }
    } catch {
      // The job is no longer ours, or this log was given up: its lines have no reader.
      this.#stop.abort();
    }
    this.#sending = undefined;
  }
}
