import type { Json } from "../base/json.ts";
import { type Effects, movementsOf } from "../market/market.ts";
import type { FeedEvent } from "../protocol/feed.ts";
import type { Archive, ArchivedMovement, Projection } from "../store/archive.ts";

/** What one event adds to the archive. */
interface Rows extends Projection {
  seq: number;
}

/**
 * Keeps the archive up with the durable feed, from the effects of its events. Rows gather in memory:
 * each write competes with the journal's for the disk.
 */
export class Projector {
  readonly #archive: Archive;
  #waiting: Rows[] = [];
  #row_count = 0;
  #noted_seq: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(archive: Archive) {
    this.#archive = archive;
    this.#noted_seq = archive.watermark_seq;
  }

  /** Notes an event in memory; one that the archive has already is passed over. */
  note(event: FeedEvent, effects: Effects): void {
    if (event.seq <= this.#archive.watermark_seq) return;
    this.#noted_seq = event.seq;
    const { archived_leases, archived_jobs, postings } = effects;
    const leases = archived_leases.map((row) => ({ id: row.lease_id, row: { ...row } as Json }));
    const jobs = archived_jobs.map((row) => ({ id: row.job_id, row: { ...row } as Json }));
    const movements: ArchivedMovement[] = movementsOf(event, postings).map((
      { actor, n, movement },
    ) => ({ actor, seq: event.seq, n, row: { ...movement } }));
    const count = leases.length + jobs.length + movements.length;
    if (count === 0) return;
    this.#row_count += count;
    this.#waiting.push({ seq: event.seq, leases, jobs, movements });
  }

  /** Forgets what was noted: the state is loaded again. */
  reset(): void {
    this.#waiting = [];
    this.#row_count = 0;
    this.#noted_seq = this.#archive.watermark_seq;
  }

  /** Like `flush`, if there is something to write: before the archive is read. */
  async settle(durable_seq: number): Promise<void> {
    if (this.#row_count > 0) await this.flush(durable_seq);
  }

  /** Brings the archive to a durable event, or to the last one noted before it. */
  flush(durable_seq: number): Promise<void> {
    const written = this.#writing.then(() => this.#write(durable_seq));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #write(durable_seq: number): Promise<void> {
    const up_to_seq = Math.min(durable_seq, this.#noted_seq);
    if (up_to_seq <= this.#archive.watermark_seq) return;
    const later = this.#waiting.findIndex(({ seq }) => seq > up_to_seq);
    const rows = later < 0 ? this.#waiting : this.#waiting.slice(0, later);
    await this.#archive.project({
      leases: rows.flatMap(({ leases }) => leases),
      jobs: rows.flatMap(({ jobs }) => jobs),
      movements: rows.flatMap(({ movements }) => movements),
    }, up_to_seq);
    this.#waiting = this.#waiting.filter(({ seq }) => seq > up_to_seq);
    this.#row_count = this.#waiting.reduce(
      (sum, { leases, jobs, movements }) => sum + leases.length + jobs.length + movements.length,
      0,
    );
  }
}
