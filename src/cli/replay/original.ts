import type { Client } from "../../client/client.ts";
import type { JobResult, JobView } from "../../protocol/job.ts";
import type { FetchedJob } from "../../provider/bundle.ts";
import { fetchManifest } from "../../client/job_result.ts";

/** A job that succeeded, with all that it takes to run it again and to compare. */
export interface Original extends FetchedJob {
  job: JobView;
  /** Hash of the result that is compared with. */
  result_sha256: string;
  result: JobResult;
  outputs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/**
 * Fetches a job's program, inputs and outputs, each by its hash, as only its renter and its provider
 * may. Throws `job_unfinished`, `job_failed` or `job_cancelled` where there is no result, or what the
 * registry refuses.
 */
export async function fetchOriginal(client: Client, job_id: string): Promise<Original> {
  const job = await client.job(job_id);
  const { sha256: result_sha256, result } = await fetchManifest(client, job);
  const { fetchJob } = await import("../../provider/bundle.ts");
  const fetched = await fetchJob(client, job);
  const outputs = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [name, blob] of Object.entries(result.outputs)) {
    outputs.set(name, await client.blobs.bytes(job_id, blob.sha256, blob.size_bytes));
  }
  return { ...fetched, job, result_sha256, result, outputs };
}
