import type { Clock } from "../../base/clock.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Companions } from "./open_challenge.ts";

interface Waiting {
  readonly promise: Promise<void>;
  resolve(): void;
}

/**
 * GPUs that are proven at one time: their first nonces are written together once all are ready, or
 * those that are have waited for long enough, and what is to be opened is drawn once all that began
 * have committed, or are over. So one card can't stand for two of them without being slower.
 */
export class Cohort implements Companions {
  readonly #clock: Clock;
  /** Those that are still expected. */
  readonly #expected: Set<string>;
  readonly #ready = new Set<string>();
  /** Those that began, and have not committed yet. */
  readonly #computing = new Set<string>();
  readonly #start: Waiting = Promise.withResolvers<void>();
  readonly #end: Waiting = Promise.withResolvers<void>();
  #first_ready_ms: number | null = null;
  #hasBegun = false;
  /** Those that began together. */
  readonly members = new Set<string>();

  constructor(clock: Clock, gpu_ids: Iterable<string>) {
    this.#clock = clock;
    this.#expected = new Set(gpu_ids);
  }

  /** True once nothing is to be waited for. */
  get isOver(): boolean {
    const isEmpty = this.#expected.size === 0 && this.#ready.size === 0;
    return isEmpty || (this.#hasBegun && this.#computing.size === 0);
  }

  ready(gpu_id: string): Promise<void> {
    this.#expected.delete(gpu_id);
    // Who comes when the others have begun is proven alone, and is no member.
    if (this.#hasBegun) return Promise.resolve();
    this.#ready.add(gpu_id);
    this.#first_ready_ms ??= this.#clock.monotonic();
    this.look();
    return this.#start.promise;
  }

  committed(gpu_id: string): Promise<void> {
    if (!this.members.has(gpu_id)) return Promise.resolve();
    this.#computing.delete(gpu_id);
    this.look();
    return this.#end.promise;
  }

  ended(gpu_id: string): void {
    this.#expected.delete(gpu_id);
    this.#ready.delete(gpu_id);
    this.#computing.delete(gpu_id);
    this.look();
  }

  /** Lets everybody go who waits. */
  disband(): void {
    this.#hasBegun = true;
    this.#expected.clear();
    this.#ready.clear();
    this.#computing.clear();
    this.#start.resolve();
    this.#end.resolve();
  }

  /** Begins, or lets the openings be drawn, if it is time to. */
  look(): void {
    if (!this.#hasBegun && this.#isTime()) {
      this.#hasBegun = true;
      for (const gpu_id of this.#ready) {
        this.members.add(gpu_id);
        this.#computing.add(gpu_id);
      }
      this.#start.resolve();
    }
    if (this.#hasBegun && this.#computing.size === 0) this.#end.resolve();
  }

  #isTime(): boolean {
    if (this.#first_ready_ms === null) return false;
    const waited_ms = this.#clock.monotonic() - this.#first_ready_ms;
    return this.#expected.size === 0 || waited_ms >= LIMITS.cohort_gather_ms;
  }
}
