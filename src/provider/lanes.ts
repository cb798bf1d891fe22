import { HorizonError, messageOf } from "../base/errors.ts";
import type { Assignment } from "../protocol/api.ts";
import { deliver } from "./deliver.ts";
import type { ProviderOptions } from "./daemon.ts";
import type { ProviderEvent } from "./events.ts";
import { runJob } from "./runner.ts";

/** How long a stopping daemon tries to report jobs that have ended. */
const REPORT_WAIT_MS = 5_000;

/** A claimed job. */
interface Held {
  assignment: Assignment;
  /** Aborted when the job is to end: it is no longer ours, or the daemon stops. */
  stop: AbortController;
  /** True while its end is on the way to the registry, which then names it among those to stop. */
  reporting: boolean;
  ended: Promise<void>;
}

/** The claimed jobs: at most one on each GPU. */
export class Lanes {
  readonly #options: ProviderOptions;
  readonly #held = new Map<string, Held>();
  /** Aborted at the end, when reports are given up. */
  readonly #giveUp = new AbortController();

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  /** Ids of the jobs that are held and not being ended. */
  jobs(): string[] {
    const going = [...this.#held.values()].filter(({ stop }) => !stop.signal.aborted);
    return going.map(({ assignment }) => assignment.job_id);
  }

  /** True if the GPU runs nothing. */
  isFree(gpu_id: string): boolean {
    return [...this.#held.values()].every(({ assignment }) => assignment.gpu_id !== gpu_id);
  }

  /** Resolves when the next of the held jobs has ended. */
  async freed(): Promise<void> {
    await Promise.race([...this.#held.values()].map(({ ended }) => ended));
  }

  /** Claims a queued job for a free GPU and starts it. One that the registry refuses is left. */
  async claim(assignment: Assignment, signal: AbortSignal): Promise<void> {
    const { job_id } = assignment;
    try {
      await deliver(this.#options.client, "job.claim", { job_id }, signal);
    } catch (thrown) {
      this.#tell("warn", "job_dropped", assignment, `not claimed: ${messageOf(thrown)}`);
      return;
    }
    const held: Held = {
      assignment,
      stop: new AbortController(),
      reporting: false,
      ended: Promise.resolve(),
    };
    this.#held.set(job_id, held);
    held.ended = this.#run(held);
  }

  /** Ends a job that is no longer ours, unreported; resolves when its GPU is free. */
  async drop(job_id: string): Promise<void> {
    const held = this.#held.get(job_id);
    if (held === undefined) return;
    if (!held.reporting) {
      held.stop.abort();
      this.#tell("info", "job_dropped", held.assignment, "stopped: the registry took it back");
    }
    await held.ended;
  }

  /** Ends every job; ids of those that were broken off. What has ended is still reported. */
  async stop(): Promise<string[]> {
    const all = [...this.#held.values()];
    const broken = all.filter(({ reporting }) => !reporting);
    for (const held of broken) held.stop.abort();
    const timer = setTimeout(() => this.#giveUp.abort(), REPORT_WAIT_MS);
    await Promise.all(all.map(({ ended }) => ended));
    clearTimeout(timer);
    return broken.map(({ assignment }) => assignment.job_id);
  }

  /** Runs a job to its end and reports it. Never throws. */
  async #run(held: Held): Promise<void> {
    const { assignment, stop } = held;
    const { job_id, attempt } = assignment;
    this.#tell("info", "job_started", assignment, `attempt ${attempt} starts`);
    try {
      const finish = await runJob(assignment, this.#options, stop.signal);
      held.reporting = true;
      const body = { job_id, attempt, ...finish };
      await deliver(this.#options.client, "job.finish", body, this.#giveUp.signal);
      const { outcome, reason } = finish;
      this.#tell("info", "job_ended", assignment, `${outcome} (${reason})`, reason);
    } catch (thrown) {
      if (!isInterruption(thrown) || this.#giveUp.signal.aborted) {
        this.#tell("warn", "job_dropped", assignment, `not reported: ${messageOf(thrown)}`);
      }
    } finally {
      this.#held.delete(job_id);
    }
  }

  #tell(
    level: ProviderEvent["level"],
    event: "job_started" | "job_ended" | "job_dropped",
    assignment: Assignment,
    message: string,
    reason?: string,
  ): void {
    const { job_id, gpu_id } = assignment;
    this.#options.log({
      level,
      event,
      message: `${job_id} on ${gpu_id}: ${message}`,
      job_id,
      gpu_id,
      ...(reason === undefined ? {} : { reason }),
    });
  }
}

function isInterruption(thrown: unknown): boolean {
  return thrown instanceof HorizonError && thrown.code === "interrupted";
}
