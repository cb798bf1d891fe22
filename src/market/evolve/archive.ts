import type { EventData } from "../../protocol/feed.ts";
import type { JobView, LeaseView } from "../../protocol/job.ts";
import type { Effects } from "../effects.ts";
import { mismatch, recordOf } from "../records.ts";
import type { MarketState } from "../state.ts";
import { jobView, leaseView } from "../views.ts";

/** Drops ended records from memory, those that ended first, and hands on their last views. */
export function archived(state: MarketState, data: EventData["archived"], effects: Effects): void {
  const leases: LeaseView[] = [];
  const jobs: JobView[] = [];
  for (const id of state.archivable.take(data.leases.length + data.jobs.length)) {
    if (id === data.leases[leases.length]) {
      leases.push(leaseView(state, recordOf(state.leases, id)));
      state.leases.delete(id);
    } else if (id === data.jobs[jobs.length]) {
      jobs.push(jobView(recordOf(state.jobs, id)));
      state.jobs.delete(id);
    } else throw mismatch(`${id} is the next to be archived`);
  }
  if (leases.length < data.leases.length || jobs.length < data.jobs.length) {
    throw mismatch("it archives more than has ended");
  }
  effects.archived_leases = leases;
  effects.archived_jobs = jobs;
}
