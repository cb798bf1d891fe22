import { numberOf } from "./ids.ts";
import type { Job, MarketState } from "./state.ts";

/** Seq of the event that answered an actor's intent of that id, while it is remembered. */
export function seen(state: MarketState, actor: string, id: string): number | undefined {
  return state.intents.get(actor, id);
}

/** The unfinished jobs of a GPU's live lease, the oldest first. */
export function openJobs(state: MarketState, gpu_id: string): Job[] {
  const lease_id = state.gpus.get(gpu_id)?.lease_id;
  return lease_id === undefined || lease_id === null ? [] : openJobsOfLease(state, lease_id);
}

/** The unfinished jobs of a lease, the oldest first. */
export function openJobsOfLease(state: MarketState, lease_id: string): Job[] {
  const jobs: Job[] = [];
  for (const job_id of state.open_jobs.get(lease_id) ?? []) {
    const job = state.jobs.get(job_id);
    if (job !== undefined) jobs.push(job);
  }
  return jobs.sort((a, b) => numberOf(a.job_id) - numberOf(b.job_id));
}
