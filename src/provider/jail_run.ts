import { type Clock, systemClock } from "../base/clock.ts";
import { checkpointMb } from "../protocol/checkpoint_limit.ts";
import type { JobLimits } from "../protocol/job.ts";
import { encodeFrame } from "../runtime/frames.ts";
import {
  CHECKPOINT,
  chunksOf,
  type JobMessage,
  type JobProgram,
  TO_JOB,
} from "../runtime/messages.ts";
import { type Ending, failedFor, type JobOutcome } from "./jail_outcome.ts";
import { ownProgram, type Program } from "./jail_program.ts";
import { kill, spawnJob } from "./jail_spawn.ts";
import type { JobCgroup } from "./job_cgroup.ts";
import { StderrTail } from "./jail_stderr.ts";
import { Transcript, type TranscriptListener } from "./jail_transcript.ts";

/** A job ready to run: validated, its inputs fetched. */
export interface JailedJob {
  program: JobProgram;
  inputs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** What the kind runs, where that isn't in the program: "model" or "source". */
  payloads?: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Names of the wanted outputs. */
  outputs: readonly string[];
  /** Names of the figures that it may report; none unless given. */
  metrics?: readonly string[];
  limits: JobLimits;
  /** The last checkpoint of an attempt before, to go on from. */
  resume?: Uint8Array<ArrayBuffer> | null;
}

/** How to run it, and whom to tell. */
export interface RunOptions extends TranscriptListener {
  /** Ends the job as `cancelled`. */
  signal?: AbortSignal;
  clock?: Clock;
  /** The Horizon that becomes the child; this one unless given. */
  program?: Program;
  /** The owner consents to run shaders and models without the jail, where it can't be complete (DESIGN §6). */
  unjailed?: boolean;
}

/** Longest time from the spawn to the renter's first step. */
const START_TIMEOUT_MS = 60_000;

/** One child, from its spawn to its end. */
export class Run {
  readonly #job: JailedJob;
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #transcript: Transcript;
  readonly #stderr = new StderrTail();
  readonly #child: Deno.ChildProcess;
  readonly #cgroup: JobCgroup | null;
  #ending: Ending | null = null;
  #started_ms: number | null = null;
  #timer: ReturnType<typeof setTimeout>;

  constructor(job: JailedJob, options: RunOptions, jailed: boolean) {
    this.#job = job;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { outputs, metrics = [], limits } = job;
    const checkpoint_mb = checkpointMb(limits);
    const rules = { outputs, output_mb: limits.output_mb, metrics, checkpoint_mb, jailed };
    this.#transcript = new Transcript(rules, options, this.#clock);
    const { child, cgroup } = spawnJob(options.program ?? ownProgram(), limits, jailed);
    this.#child = child;
    this.#cgroup = cgroup;
    this.#timer = setTimeout(() => {
      this.#end(failedFor("job_not_started", "The child did not start in time."));
    }, START_TIMEOUT_MS);
  }

  /** Waits for the child's end. Rejects, with the child ended, only if a listener throws. */
  async outcome(): Promise<JobOutcome> {
    const { signal } = this.#options;
    const cancel = () =>
      this.#end({ state: "cancelled", reason: "cancelled", side: "renter", message: "" });
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) cancel();
    try {
      const [status] = await Promise.all([
        this.#child.status,
        this.#send(),
        this.#listen(),
        this.#drainStderr(),
      ]);
      return this.#outcomeOf(this.#ending ?? this.#endingOfExit(status));
    } finally {
      clearTimeout(this.#timer);
      signal?.removeEventListener("abort", cancel);
      kill(this.#child);
      this.#cgroup?.remove();
    }
  }

  #outcomeOf(ending: Ending): JobOutcome {
    const ended_ms = this.#clock.monotonic();
    const { execution } = this.#transcript;
    return {
      ...ending,
      ...(execution === null || ending.state !== "succeeded" ? {} : { execution }),
      outputs: ending.state === "succeeded" ? this.#transcript.outputs() : [],
      elapsed_ms: this.#started_ms === null ? 0 : ended_ms - this.#started_ms,
      stderr_tail: this.#stderr.toString(),
    };
  }

  /** The first ending counts; whatever the child does after it is cut short. */
  #end(ending: Ending): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    clearTimeout(this.#timer);
    kill(this.#child);
  }

  async #send(): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    try {
      for (const frame of framesOf(this.#job)) await writer.write(frame);
      await writer.close();
    } catch {
      // The child has gone: its status and its last words say why.
    }
  }

  async #listen(): Promise<void> {
    for await (const bytes of this.#child.stdout) {
      if (this.#ending !== null) continue;
      const ending = this.#transcript.take(bytes);
      if (ending !== null) this.#end(ending);
      else if (this.#transcript.isLocked && this.#started_ms === null) this.#meter();
    }
  }

  async #drainStderr(): Promise<void> {
    if (await this.#stderr.drain(this.#child.stderr)) return;
    this.#end(failedFor("log_limit", "The job wrote to stderr without end."));
  }

  /** From here on it is the renter's time. */
  #meter(): void {
    this.#started_ms = this.#clock.monotonic();
    clearTimeout(this.#timer);
    const { time_s } = this.#job.limits;
    this.#timer = setTimeout(() => {
      this.#end(failedFor("time_limit", `The job ran for its whole ${time_s} seconds.`));
    }, time_s * 1000);
  }

  #endingOfExit(status: Deno.CommandStatus): Ending {
    const how = status.signal ?? `code ${status.code}`;
    if (!this.#transcript.isLocked) {
      return failedFor("job_not_started", `The child ended with ${how} before the job began.`);
    }
    const { memory_mb } = this.#job.limits;
    return status.signal === "SIGKILL" ||
        /out of memory|memory allocation of/i.test(`${this.#stderr}`)
      ? failedFor("memory_limit", `More memory was needed than the job's ${memory_mb} MB (${how}).`)
      : failedFor("job_exited", `The job ended with ${how} and no result.`);
  }
}

function* framesOf(job: JailedJob): Generator<Uint8Array<ArrayBuffer>> {
  const { program, limits, outputs, metrics = [] } = job;
  const message: JobMessage = { program, limits, outputs, metrics };
  yield encodeFrame(TO_JOB.job, message);
  yield* chunkFrames(TO_JOB.payload, job.payloads ?? new Map());
  yield* chunkFrames(TO_JOB.input, job.inputs);
  if (job.resume) yield* chunkFrames(TO_JOB.checkpoint, new Map([[CHECKPOINT, job.resume]]));
  yield encodeFrame(TO_JOB.start, null);
}

function* chunkFrames(
  type: number,
  blobs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): Generator<Uint8Array<ArrayBuffer>> {
  for (const [name, bytes] of blobs) {
    for (const { header, body } of chunksOf(name, bytes)) yield encodeFrame(type, header, body);
  }
}
