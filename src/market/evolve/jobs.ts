import type { EventData, FailoverLease } from "../../protocol/feed.ts";
import type { Effects } from "../effects.ts";
import { addTo, removeFrom } from "../index_sets.ts";
import { holdPostings } from "../ledger.ts";
import { mismatch, recordOf } from "../records.ts";
import type { Job, MarketState } from "../state.ts";
import { openLease } from "./leases.ts";
import { countAttempt } from "./tally.ts";

/** How much longer than its limit a job may take to report: its provider's clock, and the upload. */
const OVERDUE_GRACE_MS = 60_000;

export function jobSubmitted(
  state: MarketState,
  data: EventData["job.submitted"],
  at: number,
  effects: Effects,
): void {
  const { job_id } = data;
  addTo(state.open_jobs, data.lease_id, job_id);
  state.jobs.set(job_id, {
    job_id,
    lease_id: data.lease_id,
    gpu_id: data.gpu_id,
    renter: data.renter,
    provider: data.provider,
    kind: data.kind,
    state: "queued",
    reason: null,
    side: null,
    attempt: 1,
    bundle: data.bundle,
    result: null,
    limits: data.limits,
    retry: data.retry,
    priority: data.priority ?? 0,
    ...(data.failover === undefined ? {} : { failover: data.failover }),
    checkpoint: null,
    failed_on: [],
    statements: [],
    submitted_at: at,
    started_at: null,
    overdue_at: null,
    ended_at: null,
    ended_seq: null,
  });
  effects.changed_jobs = [job_id];
}

export function jobAssigned(
  state: MarketState,
  { job_id }: EventData["job.assigned"],
  effects: Effects,
): void {
  jobIn(state, job_id, ["queued"]).state = "assigned";
  effects.changed_jobs = [job_id];
}

export function jobStarted(
  state: MarketState,
  { job_id }: EventData["job.started"],
  at: number,
  effects: Effects,
): void {
  const job = jobIn(state, job_id, ["assigned"]);
  job.state = "running";
  job.started_at = at;
  job.overdue_at = at + job.limits.time_s * 1000 + OVERDUE_GRACE_MS;
  state.deadlines.add("overdue", job_id, job.overdue_at);
  effects.changed_jobs = [job_id];
}

export function jobRequeued(
  state: MarketState,
  data: EventData["job.requeued"],
  at: number,
  effects: Effects,
): void {
  const { job_id, attempt, lease_id, gpu_id, side, failed_on, opens } = data;
  const job = jobIn(state, job_id, OPEN);
  if (opens !== undefined) rentFor(state, job, opens, at, effects);
  const lease = recordOf(state.leases, lease_id);
  if (side !== undefined) countAttempt(state, job, { state: "failed", side }, effects);
  removeFrom(state.open_jobs, job.lease_id, job_id);
  addTo(state.open_jobs, lease_id, job_id);
  job.state = "queued";
  job.attempt = attempt;
  job.lease_id = lease_id;
  job.gpu_id = gpu_id;
  job.provider = lease.owner;
  if (failed_on !== undefined && !job.failed_on.includes(failed_on)) job.failed_on.push(failed_on);
  job.started_at = null;
  job.overdue_at = null;
  effects.changed_jobs = [job_id];
}

/** Opens the lease that a job's failover asked for, and holds the renter's money for it. */
function rentFor(
  state: MarketState,
  { renter }: Job,
  opens: FailoverLease,
  at: number,
  effects: Effects,
): void {
  const { owner } = recordOf(state.gpus, opens.gpu_id);
  openLease(state, opens, { renter, owner, duration_s: opens.duration_s }, at, effects);
  effects.postings = holdPostings(state, renter, opens.hold_micros);
}

export function jobCheckpointed(
  state: MarketState,
  { job_id, checkpoint }: EventData["job.checkpointed"],
  effects: Effects,
): void {
  jobIn(state, job_id, ["running"]).checkpoint = checkpoint;
  effects.changed_jobs = [job_id];
}

export function jobAttested(
  state: MarketState,
  { job_id, actor, agrees, on, gpu_id }: EventData["job.attested"],
  at: number,
  effects: Effects,
): void {
  jobIn(state, job_id, ["succeeded"]).statements.push({ actor, agrees, on, gpu_id, at });
  effects.changed_jobs = [job_id];
}

export function jobEnded(
  state: MarketState,
  data: EventData["job.ended"],
  event: { seq: number; at: number },
  effects: Effects,
): void {
  const { job_id } = data;
  const job = jobIn(state, job_id, OPEN);
  countAttempt(state, job, data, effects);
  removeFrom(state.open_jobs, job.lease_id, job_id);
  job.state = data.state;
  job.reason = data.reason;
  job.side = data.side;
  job.result = data.result;
  job.overdue_at = null;
  job.ended_at = event.at;
  job.ended_seq = event.seq;
  state.archivable.push(job_id, event.at);
  effects.changed_jobs = [job_id];
}

const OPEN = ["queued", "assigned", "running"] as const;

function jobIn(state: MarketState, job_id: string, wanted: readonly Job["state"][]): Job {
  const job = recordOf(state.jobs, job_id);
  if (!wanted.includes(job.state)) throw mismatch(`${job_id} is ${job.state}`);
  return job;
}
