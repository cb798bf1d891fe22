import { EXIT } from "../protocol/codes.ts";
import type { JobState, JobView } from "../protocol/job.ts";
import { formatTime } from "./format.ts";
import { facts } from "./table.ts";

/** A job in lines. */
export function jobFacts(job: JobView): string {
  const time = (at: number | null) => at === null ? "not yet" : formatTime(at);
  const why = job.reason === null ? "" : ` (${job.reason})`;
  return facts([
    ["job", job.job_id],
    ["GPU", job.gpu_id],
    ["lease", job.lease_id],
    ["state", job.state + why],
    ["attempt", String(job.attempt)],
    ["submitted", time(job.submitted_at)],
    ["started", time(job.started_at)],
    ["ended", time(job.ended_at)],
  ]);
}

/** The exit code that tells a job's state. */
export const JOB_EXIT: Readonly<Record<JobState, number>> = {
  queued: EXIT.job_unfinished,
  assigned: EXIT.job_unfinished,
  running: EXIT.job_unfinished,
  succeeded: EXIT.ok,
  failed: EXIT.job_failed,
  lost: EXIT.job_failed,
  cancelled: EXIT.job_cancelled,
};
