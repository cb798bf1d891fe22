import type { EventData } from "../../protocol/feed.ts";
import type { Effects } from "../effects.ts";
import { mismatch, recordOf } from "../records.ts";
import type { MarketState } from "../state.ts";
import { jobView, leaseView } from "../views.ts";

/** Drops ended records from memory, and hands on their last views. */
export function archived(state: MarketState, data: EventData["archived"], effects: Effects): void {
  const count = data.leases.length + data.jobs.length;
  const leaving = new Set(state.archivable.take(count));
  for (const lease_id of data.leases) {
    effects.archived_leases.push(leaseView(state, recordOf(state.leases, lease_id)));
    state.leases.delete(lease_id);
    leaving.delete(lease_id);
  }
  for (const job_id of data.jobs) {
    effects.archived_jobs.push(jobView(recordOf(state.jobs, job_id)));
    state.jobs.delete(job_id);
    leaving.delete(job_id);
  }
  if (leaving.size > 0) throw mismatch("other records are due to be archived");
}
