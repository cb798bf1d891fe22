import type { Clock } from "../base/clock.ts";
import { LIMITS } from "../protocol/limits.ts";

/** When a GPU's daemon was last heard of, on both clocks. */
interface Sighting {
  at: number;
  monotonic_ms: number;
}

/** Which GPUs' daemons are heard of. It is no state of the market: heartbeats never enter the feed. */
export class Presence {
  readonly #clock: Clock;
  readonly #sightings = new Map<string, Sighting>();
  /** The start, or the take-over: every provider has time to come back after it. */
  #start: Sighting;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#start = this.#now();
  }

  /** Begins anew: the daemons talked to another process before. */
  restart(): void {
    this.#sightings.clear();
    this.#start = this.#now();
  }

  /** Notes that a GPU's daemon is there now. */
  see(gpu_id: string): void {
    this.#sightings.set(gpu_id, this.#now());
  }

  /** Forgets a GPU that is gone. */
  forget(gpu_id: string): void {
    this.#sightings.delete(gpu_id);
  }

  /** Of these GPUs, those that have been silent for too long, each with the time it was last seen. */
  silent(gpu_ids: Iterable<string>): { gpu_id: string; last_seen: number }[] {
    const now_ms = this.#clock.monotonic();
    const silent: { gpu_id: string; last_seen: number }[] = [];
    for (const gpu_id of gpu_ids) {
      const { at, monotonic_ms } = this.#sightings.get(gpu_id) ?? this.#start;
      if (now_ms - monotonic_ms > LIMITS.offline_after_ms) silent.push({ gpu_id, last_seen: at });
    }
    return silent;
  }

  #now(): Sighting {
    return { at: this.#clock.now(), monotonic_ms: this.#clock.monotonic() };
  }
}
