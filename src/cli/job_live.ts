import { HorizonError } from "../base/errors.ts";
import { formatDollars } from "../base/money.ts";
import { formatDuration } from "../base/time_text.ts";
import type { Client } from "../client/client.ts";
import type { LogLine } from "../protocol/api.ts";
import type { JobView } from "../protocol/job.ts";
import type { Context } from "./context.ts";
import { JobCost } from "./job_cost.ts";
import { type JobProgress, progressOf, progressText } from "./job_progress.ts";
import { Progress } from "./progress.ts";

/** How often the line is drawn anew, and after how many times the registry is asked again. */
const REDRAW_MS = 1_000;
const ASK_EVERY = 3;
/** Where nothing is redrawn, each so many percent of the work are a line. */
const STEP_PERCENT = 10;
const GAP = "  ";

/**
 * What a job does, on stderr. On a terminal its log, above a line that is redrawn: state, progress,
 * last figures and cost so far. Elsewhere its log, and a line for each tenth of the work.
 */
export class JobLive {
  readonly #ctx: Context;
  readonly #client: Client;
  readonly #job_id: string;
  readonly #progress: Progress;
  readonly #cost = new JobCost();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #job: JobView | null = null;
  #running_since_ms: number | null = null;
  #how_far: JobProgress = { share: null, values: new Map() };
  #told_step = -1;
  #ticks = 0;
  #isAsking = false;
  #isClosed = false;

  /** Begins to show a job; `close` ends it. */
  constructor(ctx: Context, client: Client, job_id: string) {
    this.#ctx = ctx;
    this.#client = client;
    this.#job_id = job_id;
    this.#progress = new Progress(ctx.out);
    if (!ctx.out.live) return;
    void this.#ask();
    this.#timer = setInterval(() => {
      this.#ticks += 1;
      if (this.#ticks % ASK_EVERY === 0) void this.#ask();
      this.#redraw();
    }, REDRAW_MS);
  }

  /** Shows a line of the job's log. */
  show(line: LogLine): void {
    const how_far = progressOf(line);
    if (how_far !== null) {
      const { share, values } = how_far;
      this.#how_far = values.size === 0 ? { ...this.#how_far, share } : how_far;
      this.#redraw();
      return;
    }
    if (line.kind !== "log" && line.kind !== "status") return;
    const { out } = this.#ctx;
    this.#progress.done();
    out.note(line.kind === "status" ? `[horizon] ${line.text}` : line.text);
    // What the provider says of the job, such as its start, the registry knows too.
    if (line.kind === "status" && out.live) void this.#ask();
    this.#redraw();
  }

  /** Takes the line away. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#progress.done();
  }

  #redraw(): void {
    if (this.#ctx.out.live) {
      this.#progress.update(this.#text());
      return;
    }
    const { share } = this.#how_far;
    const step = share === null ? -1 : Math.floor(share * 100 / STEP_PERCENT);
    if (step === this.#told_step || step < 0) return;
    this.#told_step = step;
    this.#progress.update(`running: ${progressText(this.#how_far)}`);
  }

  #text(): string {
    const now_ms = this.#ctx.io.clock.monotonic();
    const words = [this.#job_id];
    if (this.#job !== null) words.push(`${this.#job.state} on ${this.#job.gpu_id}`);
    words.push(progressText(this.#how_far));
    if (this.#running_since_ms !== null) {
      const running_s = Math.floor((now_ms - this.#running_since_ms) / 1000);
      words.push(formatDuration(running_s), `${formatDollars(this.#cost.micros(now_ms))} so far`);
    }
    return words.filter((word) => word !== "").join(GAP);
  }

  /** Asks for the state and the meter. A registry that is away is asked again later. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const job = await this.#client.job(this.#job_id);
      const lease = job.state === "running" ? await this.#client.lease(job.lease_id) : null;
      const now_ms = this.#ctx.io.clock.monotonic();
      if (lease !== null) {
        this.#running_since_ms ??= now_ms;
        this.#cost.observe(lease, now_ms);
      }
      this.#job = job;
      if (!this.#isClosed) this.#redraw();
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
    } finally {
      this.#isAsking = false;
    }
  }
}
