import { HorizonError } from "../base/errors.ts";
import { JobResult, type JobView } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";
import type { Client } from "./client.ts";

const MIB = 1024 * 1024;

/**
 * What a succeeded job's result says, and its hash. Throws `job_unfinished`, `job_failed` or
 * `job_cancelled` where there is none, or `bad_gateway` for one that isn't one.
 */
export async function fetchManifest(
  client: Client,
  job: JobView,
): Promise<{ sha256: string; result: JobResult }> {
  if (job.result === null) throw withoutResult(job);
  const result = validate(
    JobResult,
    parseJson(await client.blobs.bytes(job.job_id, job.result, LIMITS.request_bytes)),
    "The job's result",
    "bad_gateway",
  );
  const total_bytes = Object.values(result.outputs).reduce((sum, blob) => sum + blob.size_bytes, 0);
  if (total_bytes > job.limits.output_mb * MIB) {
    throw new HorizonError("bad_gateway", "The job's result is larger than the job allows.");
  }
  return { sha256: job.result, result };
}

function withoutResult(job: JobView): HorizonError {
  const { job_id, state, reason } = job;
  if (job.ended_at === null) {
    return new HorizonError("job_unfinished", `${job_id} is ${state}; it has no outputs yet.`);
  }
  const code = state === "cancelled" ? "job_cancelled" : "job_failed";
  return new HorizonError(code, `${job_id} has no outputs: ${state} (${reason ?? "no reason"}).`);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new HorizonError("bad_gateway", "The job's result is not JSON.", { cause });
  }
}
