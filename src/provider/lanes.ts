import { HorizonError, messageOf } from "../base/errors.ts";
import type { Assignment } from "../protocol/api.ts";
import { deliver } from "./deliver.ts";
import type { ProviderOptions } from "./daemon.ts";
import { type Finish, runJob } from "./runner.ts";

/** How long a stopping daemon tries to report the jobs that it broke off. */
const REPORT_WAIT_MS = 5_000;

/** A claimed job, waiting or running. */
interface Held {
  assignment: Assignment;
  /** Aborted when the job is to end: it is no longer ours, or the daemon stops. */
  stop: AbortController;
  /** True while its end is on the way to the registry, which then names it among those to stop. */
  reporting: boolean;
}

/** The claimed jobs: each GPU runs its own in order, one at a time. */
export class Lanes {
  readonly #options: ProviderOptions;
  readonly #held = new Map<string, Held>();
  /** GPU → the end of the last job in its lane. */
  readonly #tails = new Map<string, Promise<void>>();
  /** Aborted at the end, when reports are given up. */
  readonly #giveUp = new AbortController();

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  /** Ids of the jobs that are held. */
  jobs(): string[] {
    return [...this.#held.keys()];
  }

  /** Claims a queued job and puts it in its GPU's lane. One that the registry refuses is left. */
  async claim(assignment: Assignment, signal: AbortSignal): Promise<void> {
    const { job_id, gpu_id } = assignment;
    if (this.#held.has(job_id)) return;
    try {
      await deliver(this.#options.client, "job.claim", { job_id }, signal);
    } catch (thrown) {
      this.#tell("warn", "job_dropped", assignment, `not claimed: ${messageOf(thrown)}`);
      return;
    }
    const held: Held = { assignment, stop: new AbortController(), reporting: false };
    this.#held.set(job_id, held);
    this.#tell("info", "job_claimed", assignment, "claimed");
    const before = this.#tails.get(gpu_id) ?? Promise.resolve();
    this.#tails.set(gpu_id, before.then(() => this.#run(held)));
  }

  /** Ends a job that is no longer ours; nothing of it is reported. */
  drop(job_id: string): void {
    const held = this.#held.get(job_id);
    if (held === undefined || held.reporting) return;
    this.#held.delete(job_id);
    held.stop.abort();
    this.#tell("info", "job_dropped", held.assignment, "stopped: the registry took it back");
  }

  /** Ends every job, and reports those that were still ours. */
  async stop(): Promise<void> {
    for (const held of this.#held.values()) held.stop.abort();
    const timer = setTimeout(() => this.#giveUp.abort(), REPORT_WAIT_MS);
    await Promise.all(this.#tails.values());
    clearTimeout(timer);
  }

  /** Runs a held job to its end and reports it. Never throws: a lane outlives its jobs. */
  async #run(held: Held): Promise<void> {
    const { assignment, stop } = held;
    const { job_id, attempt } = assignment;
    try {
      const finish = stop.signal.aborted ? undefined : await this.#attempt(held);
      if (!this.#held.has(job_id)) return;
      held.reporting = true;
      const report = finish ?? STOPPED;
      const body = { job_id, attempt, ...report };
      await deliver(this.#options.client, "job.finish", body, this.#giveUp.signal);
      const message = `${report.outcome} (${report.reason})`;
      this.#tell("info", "job_ended", assignment, message, report.reason);
    } catch (thrown) {
      this.#tell("warn", "job_dropped", assignment, `not reported: ${messageOf(thrown)}`);
    } finally {
      this.#held.delete(job_id);
    }
  }

  /** How the attempt ended; undefined if it was stopped. */
  async #attempt(held: Held): Promise<Finish | undefined> {
    this.#tell("info", "job_started", held.assignment, "running");
    try {
      return await runJob(held.assignment, this.#options, held.stop.signal);
    } catch (thrown) {
      if (held.stop.signal.aborted) return undefined;
      // The registry refused it on the way: it is not ours to report.
      if (thrown instanceof HorizonError) this.#held.delete(held.assignment.job_id);
      throw thrown;
    }
  }

  #tell(
    level: "info" | "warn",
    event: "job_claimed" | "job_started" | "job_ended" | "job_dropped",
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

/** How a job is reported that the daemon broke off because it was told to stop. */
const STOPPED: Finish = {
  outcome: "failed",
  reason: "provider_stopped",
  side: "provider",
  result: null,
};
