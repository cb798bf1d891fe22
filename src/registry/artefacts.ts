import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import type { Effects, Job, MarketState } from "../market/market.ts";
import type { FeedEvent } from "../protocol/feed.ts";
import { JobView } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";
import type { BlobName } from "../store/blob_names.ts";
import type { Store } from "../store/store.ts";
import { bundleBlobs, checkpointBlobs, resultBlobs } from "./bundles.ts";
import type { JobLogs } from "./job_logs.ts";
import { MarketTime } from "./market_time.ts";
import type { Services } from "./services.ts";
import { SupersededCheckpoints } from "./superseded.ts";

/** What of a job decides which blobs it keeps, and until when. */
export type KeptJob = Pick<
  JobView,
  "job_id" | "renter" | "provider" | "bundle" | "checkpoint" | "result" | "ended_at"
>;

type Market = Pick<Services, "sequencer" | "projector" | "leads">;

/** What was done for a job in memory. */
interface Done {
  /** What it was worked out from. */
  basis: string;
  /** Until when it need not be done again. */
  until_ms: number;
  /** The copies that the job names. */
  copies: ReadonlySet<string>;
}

const RUNNING_KEEP_MS = LIMITS.blob_unnamed_keep_ms;
const MS_PER_DAY = 24 * 3_600_000;

/**
 * How long the blobs and logs of jobs are kept: as long as the job is under way, and for a time after
 * its end. A blob stays for the longest of all jobs that name its actor's copy of it.
 */
export class Artefacts {
  readonly #store: Store;
  readonly #jobLogs: JobLogs;
  readonly #clock: Clock;
  readonly #keep_ms: number;
  readonly #done = new Map<string, Done>();
  readonly #superseded = new SupersededCheckpoints();
  readonly #time: MarketTime;
  /** Jobs that left memory, until what they name is kept. */
  readonly #archived = new Set<KeptJob>();
  #knowsArchive = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: {
    store: Store;
    jobLogs: JobLogs;
    clock: Clock;
    keep_ms: number;
  }) {
    this.#store = parts.store;
    this.#jobLogs = parts.jobLogs;
    this.#clock = parts.clock;
    this.#keep_ms = parts.keep_ms;
    this.#time = new MarketTime(parts.clock);
  }

  /** Throws `blob_expired` for a job that ended too long ago: its files and its log are gone, or will be. */
  requireKept({ job_id, ended_at }: Pick<JobView, "job_id" | "ended_at">): void {
    if (!this.#isOver(ended_at)) return;
    const days = this.#keep_ms / MS_PER_DAY;
    throw new HorizonError(
      "blob_expired",
      `The files and the log of ${job_id} were kept for ${days} days after its end, and are gone.`,
      { fix: "Submit the job again.", details: { ended_at, keep_ms: this.#keep_ms } },
    );
  }

  /** Notes the event that the state is after. */
  note(state: MarketState, event: FeedEvent, effects: Effects): void {
    // It may have ended and left memory since the last look.
    for (const job of effects.archived_jobs) this.#archived.add(job);
    if (event.type === "job.checkpointed") this.#superseded.note(state, event);
  }

  /** The folder is another one now: all is looked at anew. */
  restart(): void {
    this.#done.clear();
    this.#knowsArchive = false;
    this.#superseded.forget();
  }

  /**
   * Removes what has had its time; the signal ends it early. What a job names is kept first, so that
   * nothing goes whose job ended, or was archived, while nobody looked. Throws `clock_jumped`.
   */
  expire(services: Market, signal: AbortSignal): Promise<void> {
    const done = this.#turn.then(() => this.#expire(services, signal));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #expire(services: Market, signal: AbortSignal): Promise<void> {
    // A clock that jumped ahead must not take everything with it.
    this.#time.next(0);
    const { blobs } = this.#store;
    const isStopped = () => signal.aborted || !services.leads();
    await this.#keepNamed(services, isStopped);
    for (const copy of blobs.copies()) {
      if (isStopped()) return;
      await blobs.deleteExpired(copy);
    }
    await blobs.expireUploads();
    const before_ms = this.#clock.now() - this.#keep_ms;
    await this.#jobLogs.expire(before_ms, async (job_id) => {
      const job = services.sequencer.state.jobs.get(job_id) ?? await this.#archivedJob(job_id);
      return !isStopped() && job !== null && this.#isOver(job.ended_at);
    });
  }

  /** Removes checkpoints that newer, durable ones took the place of, as far as nothing else names them. */
  async dropSuperseded(services: Market): Promise<void> {
    const { state, feed } = services.sequencer;
    const { blobs } = this.#store;
    for (const { actor, manifest, at } of this.#superseded.take(state, feed.head.seq)) {
      // Until the archive is known, another job may keep it; then it goes by its time.
      if (!this.#knowsArchive) continue;
      for (const sha256 of (await checkpointBlobs(manifest, blobs).catch(nothingFor)).reverse()) {
        const name = { actor, sha256 };
        if (!await this.#isNamed(name, services)) await blobs.deleteSuperseded(name, at);
      }
    }
  }

  async #keepNamed(
    { sequencer, projector }: Market,
    isStopped: () => boolean,
  ): Promise<void> {
    if (!this.#knowsArchive) {
      await projector.settle(sequencer.feed.head.seq);
      for await (const row of this.#store.archive.jobs()) {
        if (isStopped()) return;
        await this.#keep(validate(JobView, row, "An archived job", "data_corrupt"));
      }
      this.#knowsArchive = true;
    }
    await this.#keepArchived();
    for (const job of [...sequencer.state.jobs.values()]) {
      if (isStopped()) return;
      await this.#keepOnce(job);
    }
    const { jobs } = sequencer.state;
    for (const job_id of this.#done.keys()) if (!jobs.has(job_id)) this.#done.delete(job_id);
  }

  async #keepArchived(): Promise<void> {
    for (const job of this.#archived) {
      await this.#keep(job);
      this.#archived.delete(job);
    }
  }

  /** Whether a job in memory names a copy; those that have left it keep theirs by then. */
  async #isNamed(name: BlobName, { sequencer }: Market): Promise<boolean> {
    await this.#keepArchived();
    for (const job of [...sequencer.state.jobs.values()]) {
      if (job.renter !== name.actor && job.provider !== name.actor) continue;
      if ((await this.#keepOnce(job)).has(keyOf(name))) return true;
    }
    return false;
  }

  /** Keeps what a job in memory names, and gives it; spares the disk what was done lately. */
  async #keepOnce(job: Job): Promise<ReadonlySet<string>> {
    const { provider, checkpoint, result, ended_at } = job;
    const basis = [provider, checkpoint, result, ended_at].join(" ");
    const done = this.#done.get(job.job_id);
    const now_ms = this.#clock.now();
    if (done?.basis === basis && done.until_ms > now_ms) return done.copies;
    const copies = await this.#keep(job);
    const until_ms = ended_at === null ? now_ms + RUNNING_KEEP_MS / 4 : Infinity;
    this.#done.set(job.job_id, { basis, until_ms, copies });
    return copies;
  }

  /** Keeps what a job names, and gives it; what is not here any more is not missed. */
  async #keep(job: KeptJob): Promise<ReadonlySet<string>> {
    const { renter, provider, bundle, checkpoint, result, ended_at } = job;
    const copies = new Set<string>();
    if (this.#isOver(ended_at)) return copies;
    const { blobs } = this.#store;
    const isEnded = ended_at !== null;
    const until_ms = isEnded ? ended_at + this.#keep_ms : this.#clock.now() + RUNNING_KEEP_MS;
    const keepAll = async (named: Promise<string[]>, actors: (sha256: string) => string[]) => {
      for (const sha256 of await named.catch(nothingFor)) {
        for (const actor of actors(sha256)) {
          copies.add(keyOf({ sha256, actor }));
          await blobs.keep({ sha256, actor }, until_ms, isEnded);
        }
      }
    };
    await keepAll(bundleBlobs(bundle, blobs), () => [renter]);
    if (result !== null) await keepAll(resultBlobs(result, blobs), () => [provider]);
    // Its provider may have been another one.
    if (checkpoint !== null) {
      await keepAll(checkpointBlobs(checkpoint, blobs), (sha256) => blobs.actors(sha256));
    }
    return copies;
  }

  async #archivedJob(job_id: string): Promise<JobView | null> {
    const row = await this.#store.archive.job(job_id);
    return row === null ? null : validate(JobView, row, "An archived job", "data_corrupt");
  }

  #isOver(ended_at: number | null): boolean {
    return ended_at !== null && ended_at + this.#keep_ms < this.#clock.now();
  }
}

function keyOf({ actor, sha256 }: BlobName): string {
  return `${actor}/${sha256}`;
}

/** No names, where the blob that would hold them is gone, or is damaged. */
function nothingFor(thrown: unknown): string[] {
  if (thrown instanceof HorizonError && NAMELESS.has(thrown.code)) return [];
  throw thrown;
}

const NAMELESS: ReadonlySet<string> = new Set(["blob_not_found", "invalid_input", "invalid_job"]);
