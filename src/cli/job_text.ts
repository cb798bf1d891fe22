import { formatTime } from "../base/time_text.ts";
import { EXIT } from "../protocol/codes.ts";
import type { JobState, JobStatement, JobView } from "../protocol/job.ts";
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
    ["attempt", String(job.attempt) + (job.checkpoint === null ? "" : ", with a checkpoint")],
    ...(job.failed_on.length === 0 ? [] : [["lost on", job.failed_on.join(", ")] as const]),
    ...(job.priority === 0 ? [] : [["priority", String(job.priority)] as const]),
    ...job.statements.map(statementFact),
    ["submitted", time(job.submitted_at)],
    ["started", time(job.started_at)],
    ["ended", time(job.ended_at)],
  ]);
}

function statementFact({ actor, agrees, on, gpu_id }: JobStatement): readonly [string, string] {
  const where = on === "local" ? "their own machine" : gpu_id ?? "another GPU";
  return ["replayed", `${agrees ? "agrees" : "DIFFERS"} on ${where}, says ${actor}`];
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
