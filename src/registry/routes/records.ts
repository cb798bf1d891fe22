import { HorizonError } from "../../base/errors.ts";
import { type Job, jobView, type Lease, leaseView } from "../../market/market.ts";
import { API_BASE } from "../../protocol/api.ts";
import { JobView } from "../../protocol/job.ts";
import { JobId, LeaseId } from "../../protocol/text.ts";
import { JobQuery, LeaseQuery } from "../../protocol/queries.ts";
import { validate } from "../../protocol/validate.ts";
import { readParam, readQuery } from "../query.ts";
import { pageOf } from "../record_page.ts";
import { json } from "../respond.ts";
import { settledArchive } from "../settled_archive.ts";
import type { App, Services } from "../services.ts";

/**
 * Leases and jobs: those in memory are listed, and the archive still finds an ended one by its id. An
 * `actor` is either side of it.
 */
export function recordRoutes(app: App, services: Services): void {
  const { sequencer, store, projector } = services;

  app.get(`${API_BASE}/leases`, (c) => {
    const { actor, gpu_id, state, limit, cursor } = readQuery(c.req.raw, LeaseQuery);
    const accepts = (lease: Lease) =>
      (actor === undefined || lease.renter === actor || lease.owner === actor) &&
      (gpu_id === undefined || lease.gpu_id === gpu_id) &&
      (state === undefined || lease.state === state);
    const market = sequencer.state;
    const { shown, next_cursor } = pageOf(market.leases, accepts, { limit, cursor });
    return json({ leases: shown.map((lease) => leaseView(market, lease)), next_cursor });
  });

  app.get(`${API_BASE}/leases/:lease_id`, async (c) => {
    const lease_id = readParam(c.req.param("lease_id"), LeaseId, "lease_not_found");
    const lease = sequencer.state.leases.get(lease_id);
    if (lease !== undefined) return json(leaseView(sequencer.state, lease));
    await settledArchive({ sequencer, projector });
    const archived = await store.archive.lease(lease_id);
    if (archived !== null) return json(archived);
    throw new HorizonError("lease_not_found", `There is no lease ${lease_id} here.`);
  });

  app.get(`${API_BASE}/jobs`, (c) => {
    const { actor, gpu_id, state, limit, cursor } = readQuery(c.req.raw, JobQuery);
    const accepts = (job: Job) =>
      (actor === undefined || job.renter === actor || job.provider === actor) &&
      (gpu_id === undefined || job.gpu_id === gpu_id) &&
      (state === undefined || job.state === state);
    const { shown, next_cursor } = pageOf(sequencer.state.jobs, accepts, { limit, cursor });
    return json({ jobs: shown.map(jobView), next_cursor });
  });

  app.get(`${API_BASE}/jobs/:job_id`, async (c) => {
    return json(await findJob(c.req.param("job_id"), services));
  });
}

/** A job in memory or in the archive. Throws `job_not_found`. */
export async function findJob(given: string, services: Services): Promise<JobView> {
  const { sequencer, store, projector } = services;
  const job_id = readParam(given, JobId, "job_not_found");
  const job = sequencer.state.jobs.get(job_id);
  if (job !== undefined) return jobView(job);
  await settledArchive({ sequencer, projector });
  const archived = await store.archive.job(job_id);
  if (archived !== null) return validate(JobView, archived, "An archived job", "data_corrupt");
  throw new HorizonError("job_not_found", `There is no job ${job_id} here.`);
}
