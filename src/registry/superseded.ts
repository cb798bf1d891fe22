import type { MarketState } from "../market/market.ts";
import type { FeedEvent } from "../protocol/feed.ts";

type Checkpointed = Extract<FeedEvent, { type: "job.checkpointed" }>;

/** A checkpoint that its job has a newer one of. */
export interface Superseded {
  /** Whose copies of it are here. */
  actor: string;
  manifest: string;
  /** When it was taken into the feed: what was asked for since may be for something else. */
  at: number;
  /** The event that must be durable before it may go. */
  seq: number;
}

/** Which checkpoints newer ones took the place of, since this process began to look. */
export class SupersededCheckpoints {
  readonly #latest = new Map<string, Omit<Superseded, "seq">>();
  #waiting: Superseded[] = [];

  /** Notes a checkpoint that the state has now. */
  note(state: MarketState, { seq, at, data }: Checkpointed): void {
    const { job_id, checkpoint } = data;
    const job = state.jobs.get(job_id);
    if (job === undefined) return;
    const before = this.#latest.get(job_id);
    if (before !== undefined && before.manifest !== checkpoint) {
      this.#waiting.push({ ...before, seq });
    }
    this.#latest.set(job_id, { actor: job.provider, manifest: checkpoint, at });
  }

  /** Takes out those whose newer ones are durable; forgets what is known of jobs that are gone. */
  take(state: MarketState, durable_seq: number): Superseded[] {
    for (const job_id of this.#latest.keys()) {
      if (!state.jobs.has(job_id)) this.#latest.delete(job_id);
    }
    const isReady = ({ seq }: Superseded) => seq <= durable_seq;
    const ready = this.#waiting.filter(isReady);
    if (ready.length > 0) this.#waiting = this.#waiting.filter((one) => !isReady(one));
    return ready;
  }

  /** What is left unfinished goes by its time. */
  forget(): void {
    this.#latest.clear();
    this.#waiting = [];
  }
}
