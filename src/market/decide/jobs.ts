import { HorizonError } from "../../base/errors.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { compileFilter } from "../../protocol/filter.ts";
import type { JobKind, JobState } from "../../protocol/job.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { retryOrEnd } from "../retry.ts";
import type { Gpu, Job } from "../state.ts";
import { type Ask, checkIs, checkIsNode, findGpu, findJob } from "./ask.ts";

/** Queues a job on a GPU that the actor leases. */
export function submit(ask: Ask, body: IntentBody<"job.submit">): EventDraft[] {
  const { state, actor } = ask;
  if (body.failover) compileFilter(body.failover.where);
  const gpu = findGpu(state, body.gpu_id);
  const lease = gpu.lease_id === null ? undefined : state.leases.get(gpu.lease_id);
  if (lease === undefined || lease.renter !== actor) {
    throw new HorizonError("lease_not_found", `You have no lease on ${gpu.gpu_id}.`, {
      fix: `Rent it first: horizon rent ${gpu.gpu_id} --duration 1`,
    });
  }
  checkIsOffered(gpu, body.kind);
  if ((state.open_jobs.get(lease.lease_id)?.size ?? 0) >= LIMITS.jobs_per_lease) {
    throw new HorizonError("limit_reached", `${lease.lease_id} has too many unfinished jobs.`, {
      fix: "Wait until some have ended.",
      details: { limit: LIMITS.jobs_per_lease },
    });
  }
  const { lease_id, owner: provider } = lease;
  const data = { ...body, job_id: `job_${ask.seq}`, lease_id, renter: actor, provider };
  return [{ type: "job.submitted", data }];
}

function checkIsOffered({ gpu_id, kinds }: Gpu, kind: JobKind): void {
  if (kinds.includes(kind)) return;
  const message = `${gpu_id} runs no ${kind} jobs: its provider offers ${kinds.join(", ")}.`;
  throw new HorizonError("kind_not_offered", message, {
    fix: "Choose a GPU that does: horizon explore <gpu_id> shows what each takes.",
    details: { kinds: [...kinds] },
  });
}

/** The provider takes a queued job. */
export function claim(ask: Ask, body: IntentBody<"job.claim">): EventDraft[] {
  const job = jobOfProvider(ask, body.job_id);
  checkState(job, ["queued"]);
  return [{ type: "job.assigned", data: { job_id: job.job_id, attempt: job.attempt } }];
}

/** The provider has started the attempt that it took. */
export function start(ask: Ask, body: IntentBody<"job.start">): EventDraft[] {
  const job = jobOfProvider(ask, body.job_id);
  checkState(job, ["assigned"]);
  checkAttempt(job, body.attempt);
  return [{ type: "job.started", data: { job_id: job.job_id, attempt: job.attempt } }];
}

/** The provider has stored what the attempt that it runs has come to. */
export function checkpoint(ask: Ask, body: IntentBody<"job.checkpoint">): EventDraft[] {
  const job = jobOfProvider(ask, body.job_id);
  checkState(job, ["running"]);
  checkAttempt(job, body.attempt);
  return [{ type: "job.checkpointed", data: body }];
}

/** The provider's attempt is over; a failed one may be tried again. */
export function finish(ask: Ask, body: IntentBody<"job.finish">): EventDraft[] {
  const job = jobOfProvider(ask, body.job_id);
  checkState(job, ["assigned", "running"]);
  checkAttempt(job, body.attempt);
  const { outcome, reason, side, result } = body;
  if (outcome === "failed") {
    return [retryOrEnd(ask.state, job, { state: outcome, reason, side, result }, ask)];
  }
  const data = { job_id: job.job_id, state: outcome, reason, side, result };
  return [{ type: "job.ended", data }];
}

/** The renter wants no more of a job; its provider learns it from the next poll. */
export function cancel(ask: Ask, body: IntentBody<"job.cancel">): EventDraft[] {
  const job = findJob(ask.state, body.job_id);
  const { job_id } = job;
  checkIs(ask, job.renter, `Only the renter may cancel ${job_id}.`);
  checkState(job, ["queued", "assigned", "running"]);
  const why = { state: "cancelled", reason: "cancelled", side: "renter", result: null } as const;
  return [{ type: "job.ended", data: { job_id, ...why } }];
}

/** The registry has found out that an attempt is gone. */
export function lose(ask: Ask, body: IntentBody<"job.lose">): EventDraft[] {
  const job = findJob(ask.state, body.job_id);
  checkIsNode(ask, "call a job lost");
  checkState(job, ["assigned", "running"]);
  const { reason, side } = body;
  return [retryOrEnd(ask.state, job, { state: "lost", reason, side }, ask)];
}

function jobOfProvider(ask: Ask, job_id: string): Job {
  const job = findJob(ask.state, job_id);
  checkIs(ask, job.provider, `Only the owner of ${job.gpu_id} may run ${job_id}.`);
  return job;
}

function checkState(job: Job, wanted: readonly JobState[]): void {
  if (wanted.includes(job.state)) return;
  const message = `${job.job_id} is ${job.state}, not ${wanted.join(" or ")}.`;
  throw new HorizonError("job_state", message, { details: { state: job.state } });
}

function checkAttempt(job: Job, attempt: number): void {
  if (job.attempt === attempt) return;
  const message = `${job.job_id} is at attempt ${job.attempt}, not ${attempt}.`;
  throw new HorizonError("job_state", message, {
    fix: "Drop that attempt: the job is being tried again.",
    details: { state: job.state, attempt: job.attempt },
  });
}
