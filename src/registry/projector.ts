import type { Json } from "../base/json.ts";
import { type Effects, type MarketState, movementsOf } from "../market/market.ts";
import type { FeedEvent } from "../protocol/feed.ts";
import type { Archive, ArchivedMovement, Projection } from "../store/archive.ts";
import { proofsOf } from "./proving/proofs_of.ts";
import { tradesOf } from "./trades.ts";

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

  /** Notes the event that the state is after; one that the archive has already is passed over. */
  note(state: MarketState, event: FeedEvent, effects: Effects): void {
    if (event.seq <= this.#archive.watermark_seq) return;
    this.#noted_seq = event.seq;
    const { archived_leases, archived_jobs, archived_auctions, archived_bids, postings } = effects;
    const movements: ArchivedMovement[] = movementsOf(event, postings).map((
      { actor, n, movement },
    ) => ({ actor, seq: event.seq, n, row: { ...movement } }));
    const rows = {
      seq: event.seq,
      leases: archived_leases.map((row) => ({ id: row.lease_id, row: { ...row } as Json })),
      jobs: archived_jobs.map((row) => ({ id: row.job_id, row: { ...row } as Json })),
      auctions: archived_auctions.map((row) => ({ id: row.auction_id, row: { ...row } as Json })),
      bids: archived_bids.map((row) => ({ id: row.bid_id, row: { ...row } as Json })),
      movements,
      trades: tradesOf(state, event),
      proofs: proofsOf(state, event),
    };
    const count = countOf(rows);
    if (count === 0) return;
    this.#row_count += count;
    this.#waiting.push(rows);
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
      auctions: rows.flatMap(({ auctions }) => auctions),
      bids: rows.flatMap(({ bids }) => bids),
      movements: rows.flatMap(({ movements }) => movements),
      trades: rows.flatMap(({ trades }) => trades),
      proofs: rows.flatMap(({ proofs }) => proofs),
    }, up_to_seq);
    this.#waiting = this.#waiting.filter(({ seq }) => seq > up_to_seq);
    this.#row_count = this.#waiting.reduce((sum, waiting) => sum + countOf(waiting), 0);
  }
}

function countOf(rows: Rows): number {
  const { leases, jobs, auctions, bids, movements, trades, proofs } = rows;
  return leases.length + jobs.length + auctions.length + bids.length + movements.length +
    trades.length + proofs.length;
}
