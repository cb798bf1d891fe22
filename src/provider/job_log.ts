import type { Clock } from "../base/clock.ts";
import type { LogKind, LogLine } from "../protocol/api.ts";
import { LIMITS } from "../protocol/limits.ts";
import { metricText } from "../protocol/metrics.ts";
import { LogTail } from "./log_tail.ts";
import { pause, untilReached } from "./retry.ts";

/** The shortest time between two batches: what comes meanwhile travels together. */
const BATCH_WAIT_MS = 50;
/** How long the end of a job waits for its last lines to arrive. */
const CLOSE_WAIT_MS = 5_000;

/** Sends lines to the registry. */
export type SendLines = (lines: LogLine[]) => Promise<unknown>;

/**
 * The log of one attempt at a job on its way to the registry: in batches, in order, bounded in lines
 * and length. Beyond the bound the last lines are kept, and sent at the end. Of progress and metrics
 * that come too often the newest is sent. While the registry is away lines wait; a registry that
 * refuses them ends the sending.
 */
export class JobLog {
  readonly #send: SendLines;
  readonly #clock: Clock;
  readonly #pending: LogLine[] = [];
  readonly #tail = new LogTail(LIMITS.job_log_tail_lines);
  readonly #stop = new AbortController();
  /** Aborted when no more lines will come, so that none waits for company. */
  readonly #hurry = new AbortController();
  /** The newest progress or metric that is still to be sent. */
  #live: LogLine | null = null;
  #live_count = 0;
  #next_live_ms = -Infinity;
  #next_batch_ms = -Infinity;
  #line_count = 0;
  #char_count = 0;
  #sending: Promise<void> | undefined;

  constructor(send: SendLines, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** Takes one line; a long one is cut. */
  push(kind: LogKind, text: string): void {
    if (this.#stop.signal.aborted) return;
    const line = { at: this.#clock.now(), kind, text: text.slice(0, LIMITS.job_log_line_chars) };
    if (kind === "progress" || kind === "metric") this.#live = line;
    else this.#take(line);
    this.#sending ??= this.#run();
  }

  /** Takes what the job reports: the share that is done, 0 to 1, and its figures by name. */
  metric(done: number, values: Readonly<Record<string, number>>): void {
    this.push("metric", metricText(done, values));
  }

  /** Waits a bounded time until all is sent, then gives up the rest. */
  async close(): Promise<void> {
    this.#hurry.abort();
    this.#takeLive();
    this.#pending.push(...this.#tail.take());
    if (this.#pending.length > 0) this.#sending ??= this.#run();
    const waited = new AbortController();
    const sent = (this.#sending ?? Promise.resolve()).finally(() => waited.abort());
    await Promise.race([sent, pause(CLOSE_WAIT_MS, waited.signal)]);
    this.#stop.abort();
  }

  #take(line: LogLine): void {
    // What the runner says comes after the progress that led to it.
    if (line.kind === "status") this.#takeLive();
    this.#line_count += 1;
    this.#char_count += line.text.length;
    const isFull = this.#line_count > LIMITS.job_log_lines ||
      this.#char_count > LIMITS.job_log_chars;
    if (isFull) this.#tail.push(line);
    else this.#pending.push(line);
  }

  #takeLive(): void {
    if (this.#live === null) return;
    this.#pending.push(this.#live);
    this.#live = null;
    this.#live_count += 1;
    const isLater = this.#live_count > LIMITS.job_live_often_lines;
    this.#next_live_ms = this.#clock.monotonic() +
      (isLater ? LIMITS.job_live_later_ms : LIMITS.job_live_ms);
  }

  async #run(): Promise<void> {
    // Lines that come in one go travel together.
    await Promise.resolve();
    try {
      while ((this.#pending.length > 0 || this.#live !== null) && !this.#stop.signal.aborted) {
        await this.#untilDue();
        if (this.#pending.length === 0) continue;
        this.#next_batch_ms = this.#clock.monotonic() + BATCH_WAIT_MS;
        const batch = this.#pending.splice(0, LIMITS.job_log_batch_lines);
        await untilReached(() => this.#send(batch), this.#stop.signal);
      }
    } catch {
      // The job is no longer ours, or this log was given up: its lines have no reader.
      this.#stop.abort();
    }
    this.#sending = undefined;
  }

  /** Waits until a batch may go, or until the newest progress may. */
  async #untilDue(): Promise<void> {
    const isWhole = this.#pending.length >= LIMITS.job_log_batch_lines;
    const due_ms = this.#pending.length > 0 ? this.#next_batch_ms : this.#next_live_ms;
    const wait_ms = due_ms - this.#clock.monotonic();
    if (wait_ms > 0 && !isWhole) await pause(wait_ms, this.#hurry.signal);
    if (this.#next_live_ms <= this.#clock.monotonic()) this.#takeLive();
  }
}
