import type { JobLimits } from "./job.ts";
import { LIMITS } from "./limits.ts";

/**
 * The largest checkpoint of a job, in MiB. It stands apart from the schemas, which a job's own process
 * would take 40 ms to build.
 */
export function checkpointMb(limits: Pick<JobLimits, "checkpoint_mb">): number {
  return limits.checkpoint_mb ?? LIMITS.job_checkpoint_mb;
}
