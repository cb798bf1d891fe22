import type { Clock } from "../base/clock.ts";
import { HorizonError, messageOf } from "../base/errors.ts";
import { canonicalBytes } from "../base/json.ts";
import type { Client } from "../client/client.ts";
import type { Assignment } from "../protocol/api.ts";
import { deliver } from "./deliver.ts";
import type { JobLog } from "./job_log.ts";
import { pause, untilReached } from "./retry.ts";

/** The shortest time between two checkpoints that are kept: what comes meanwhile is superseded. */
const INTERVAL_MS = 1_000;

/** Whose checkpoints are kept, where, and who hears of it. */
export interface KeeperParts {
  client: Client;
  clock: Clock;
  log: JobLog;
  /** Stops the job, and with it the keeping. */
  signal: AbortSignal;
}

/**
 * Keeps the checkpoints of one attempt with the registry: one at a time, the newest of those that
 * wait. What it refuses is said in the job's log, and the job goes on: a checkpoint is no output.
 */
export class CheckpointKeeper {
  readonly #assignment: Assignment;
  readonly #parts: KeeperParts;
  readonly #stop = new AbortController();
  #newest: Uint8Array<ArrayBuffer> | null = null;
  #keeping: Promise<void> | null = null;
  #next_ms = -Infinity;

  constructor(assignment: Assignment, parts: KeeperParts) {
    this.#assignment = assignment;
    this.#parts = parts;
  }

  /** Takes a whole checkpoint, in place of the one that still waits. */
  take(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#stop.signal.aborted) return;
    this.#newest = bytes;
    this.#keeping ??= this.#keepAll();
  }

  /** The job has ended: nothing more is kept. Resolves when nothing is on its way any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#keeping;
  }

  async #keepAll(): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#parts.signal]);
    try {
      while (this.#newest !== null && !signal.aborted) {
        await pause(Math.max(0, this.#next_ms - this.#parts.clock.monotonic()), signal);
        const bytes = this.#newest;
        this.#newest = null;
        this.#next_ms = this.#parts.clock.monotonic() + INTERVAL_MS;
        if (!signal.aborted) await this.#keep(bytes, signal);
      }
    } finally {
      this.#keeping = null;
    }
  }

  async #keep(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    const { client, log } = this.#parts;
    const { job_id, attempt } = this.#assignment;
    try {
      const { sha256, size_bytes } = await untilReached(() => client.blobs.putBytes(bytes), signal);
      const salt = crypto.getRandomValues(new Uint8Array(32)).toHex();
      const manifest = canonicalBytes({ salt, checkpoint: { sha256, size_bytes } });
      const kept = await untilReached(() => client.blobs.putBytes(manifest), signal);
      await deliver(client, "job.checkpoint", { job_id, attempt, checkpoint: kept.sha256 }, signal);
    } catch (thrown) {
      if (thrown instanceof HorizonError && thrown.code === "interrupted") return;
      log.push("status", `no checkpoint kept: ${messageOf(thrown)}`);
    }
  }
}
