import { HorizonError, messageOf } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import { canonicalBytes } from "../base/json.ts";
import { validate } from "../protocol/validate.ts";
import { checkConsistent } from "./consistency.ts";
import { numberOf } from "./ids.ts";
import { addTo } from "./index_sets.ts";
import { SNAPSHOT_VERSION, SnapshotForm } from "./snapshot_schema.ts";
import { emptyState, type MarketState } from "./state.ts";

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
    validate(SnapshotForm, value, "The snapshot of the market", "data_corrupt"),
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
    leases: [...state.leases.values()].sort((a, b) => numberOf(a.lease_id) - numberOf(b.lease_id)),
    jobs: [...state.jobs.values()].sort((a, b) => numberOf(a.job_id) - numberOf(b.job_id)),
    accounts: [...state.accounts].map(([actor, account]) => ({ actor, ...account }))
      .sort((a, b) => compare(a.actor, b.actor)),
    fees_micros,
    issuance_micros,
    intents: state.intents.entries(),
  };
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
  for (const lease of form.leases) {
    state.leases.set(lease.lease_id, lease);
    if (lease.state === "live") addTo(state.live_leases, lease.renter, lease.lease_id);
  }
  for (const job of form.jobs) {
    state.jobs.set(job.job_id, job);
    if (job.ended_at === null) addTo(state.open_jobs, job.lease_id, job.job_id);
  }
  for (const { actor, ...account } of form.accounts) state.accounts.set(actor, account);
  for (const entry of form.intents) state.intents.restore(entry);
  queueEnded(state);
  return state;
}

/** Ended records, in the order in which they ended. */
function queueEnded(state: MarketState): void {
  const ended: { id: string; ended_at: number; ended_seq: number }[] = [];
  const note = (id: string, ended_at: number | null, ended_seq: number | null) => {
    if (ended_at !== null && ended_seq !== null) ended.push({ id, ended_at, ended_seq });
  };
  for (const lease of state.leases.values()) note(lease.lease_id, lease.ended_at, lease.ended_seq);
  for (const job of state.jobs.values()) note(job.job_id, job.ended_at, job.ended_seq);
  ended.sort((a, b) => a.ended_seq - b.ended_seq);
  for (const { id, ended_at } of ended) state.archivable.push(id, ended_at);
}
