import { HorizonError } from "../../base/errors.ts";
import type { JobView } from "../../protocol/job.ts";

/** Throws `forbidden` unless the actor is the job's renter or its provider. */
export function requireParty(job: JobView, actor: string): void {
  if (actor === job.renter || actor === job.provider) return;
  throw new HorizonError("forbidden", `Only its renter and its provider can see ${job.job_id}.`);
}
