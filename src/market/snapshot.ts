import { HorizonError, messageOf } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import { canonicalBytes } from "../base/json.ts";
import { validate } from "../protocol/validate.ts";
import { checkConsistent } from "./consistency.ts";
import { numberOf } from "./ids.ts";
import { indexBid } from "./evolve/bids.ts";
import { addTo } from "./index_sets.ts";
import { SNAPSHOT_VERSION, SnapshotForm } from "./snapshot_schema.ts";
import { upgraded } from "./snapshot_upgrade.ts";
import { type Bid, emptyState, type Job, type Lease, type MarketState } from "./state.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Canonical JSON bytes of a state: the same for the same events, whatever the way to them. */
export function serialize(state: MarketState): Uint8Array<ArrayBuffer> {
  return canonicalBytes(formOf(state));
}

/** SHA-256 (hex) of `serialize`. */
export function stateHash(state: MarketState): string {
  return sha256Hex(serialize(state));
}

/** The state of its bytes. Throws `data_corrupt`. */
export function deserialize(bytes: Uint8Array): MarketState {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    const message = `The snapshot of the market is not JSON: ${messageOf(cause)}`;
    throw new HorizonError("data_corrupt", message, { cause });
  }
  const state = stateOf(
    validate(SnapshotForm, upgraded(value), "The snapshot of the market", "data_corrupt"),
  );
  checkConsistent(state);
  return state;
}

function formOf(state: MarketState): SnapshotForm {
  const { seq, at, node, settings, fees_micros, issuance_micros } = state;
  return {
    version: SNAPSHOT_VERSION,
    seq,
    at,
    node,
    settings,
    gpus: [...state.gpus.values()].sort((a, b) => compare(a.gpu_id, b.gpu_id)),
    departures: [...state.departures.values()].sort((a, b) => a.seq - b.seq),
    leases: byNumber(state.leases),
    jobs: byNumber(state.jobs),
    auctions: byNumber(state.auctions),
    bids: byNumber(state.bids),
    accounts: [...state.accounts].map(([actor, account]) => ({ actor, ...account }))
      .sort((a, b) => compare(a.actor, b.actor)),
    owners: [...state.owners].map(([owner, counters]) => ({ owner, ...counters }))
      .sort((a, b) => compare(a.owner, b.owner)),
    fees_micros,
    issuance_micros,
    intents: state.intents.entries(),
  };
}

function byNumber<T>(records: ReadonlyMap<string, T>): T[] {
  const numbered = [...records].map(([id, record]) => ({ n: numberOf(id), record }));
  return numbered.sort((a, b) => a.n - b.n).map(({ record }) => record);
}

/** By UTF-16 code unit: no locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function stateOf(form: SnapshotForm): MarketState {
  const { seq, at, node, settings, fees_micros, issuance_micros } = form;
  const totals = { fees_micros, issuance_micros };
  const state: MarketState = { ...emptyState(), seq, at, node, settings, ...totals };
  for (const gpu of form.gpus) {
    state.gpus.set(gpu.gpu_id, gpu);
    state.gpu_counts.set(gpu.owner, (state.gpu_counts.get(gpu.owner) ?? 0) + 1);
  }
  for (const departure of form.departures) state.departures.set(departure.gpu_id, departure);
  for (const lease of form.leases) addLease(state, lease);
  for (const job of form.jobs) addJob(state, job);
  for (const auction of form.auctions) state.auctions.set(auction.auction_id, auction);
  for (const bid of form.bids) addBid(state, bid);
  for (const { actor, ...account } of form.accounts) state.accounts.set(actor, account);
  for (const { owner, ...counters } of form.owners) state.owners.set(owner, counters);
  for (const entry of form.intents) state.intents.restore(entry);
  queueEnded(state);
  return state;
}

function addLease(state: MarketState, lease: Lease): void {
  const { lease_id, renter } = lease;
  state.leases.set(lease_id, lease);
  if (lease.state === "live") addTo(state.live_leases, renter, lease_id);
}

function addJob(state: MarketState, job: Job): void {
  state.jobs.set(job.job_id, job);
  if (job.ended_at === null) addTo(state.open_jobs, job.lease_id, job.job_id);
}

function addBid(state: MarketState, bid: Bid): void {
  state.bids.set(bid.bid_id, bid);
  if (bid.ended_at === null) indexBid(state, bid);
}

/** Ended records, in the order in which they ended; those of one event by number. */
function queueEnded(state: MarketState): void {
  const ended: { id: string; n: number; ended_at: number; ended_seq: number }[] = [];
  for (const records of [state.leases, state.jobs, state.auctions, state.bids]) {
    for (const [id, { ended_at, ended_seq }] of records) {
      if (ended_at === null || ended_seq === null) continue;
      ended.push({ id, n: numberOf(id), ended_at, ended_seq });
    }
  }
  ended.sort((a, b) => a.ended_seq - b.ended_seq || a.n - b.n);
  for (const { id, ended_at } of ended) state.archivable.push(id, ended_at);
}
