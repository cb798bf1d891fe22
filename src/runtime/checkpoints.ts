import { checkpointMb } from "../protocol/checkpoint_limit.ts";
import type { JobLimits } from "../protocol/job.ts";

/** Shortest time between two checkpoints, in milliseconds: what comes sooner is skipped. */
const INTERVAL_MS = 1_000;
const BYTES_PER_MB = 1024 * 1024;

/** A checkpoint over the job's limit. */
export class CheckpointTooLarge extends RangeError {
  override readonly name = "RangeError";
}

/** Checkpoints on their way out: bounded in size, at most one a second. */
export class Checkpoints {
  readonly #limits: Pick<JobLimits, "checkpoint_mb">;
  readonly #send: (bytes: Uint8Array<ArrayBuffer>) => void;
  #last_ms = -Infinity;

  constructor(
    limits: Pick<JobLimits, "checkpoint_mb">,
    send: (bytes: Uint8Array<ArrayBuffer>) => void,
  ) {
    this.#limits = limits;
    this.#send = send;
  }

  /** True if a checkpoint would be taken now: a second has gone by since the last. */
  get isDue(): boolean {
    return performance.now() - this.#last_ms >= INTERVAL_MS;
  }

  /**
   * Sends a checkpoint; false where it was skipped, since the last was under a second ago. Throws
   * `CheckpointTooLarge` beyond the job's limit.
   */
  take(bytes: Uint8Array<ArrayBuffer>): boolean {
    const limit_mb = checkpointMb(this.#limits);
    if (bytes.length > limit_mb * BYTES_PER_MB) {
      throw new CheckpointTooLarge(
        `a checkpoint of ${bytes.length} bytes is over the job's limits.checkpoint_mb, ${limit_mb}`,
      );
    }
    if (!this.isDue) return false;
    this.#send(bytes);
    this.#last_ms = performance.now();
    return true;
  }
}
