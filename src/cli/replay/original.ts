import { HorizonError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { JobResult, JobView } from "../../protocol/job.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { FetchedJob } from "../../provider/bundle.ts";
import { fetchManifest } from "../job_results.ts";

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
 * may. Throws as `requireReplayable`, `job_unfinished`, `job_failed` or `job_cancelled` where there is
 * no result, or what the registry refuses.
 */
export async function fetchOriginal(
  client: Client,
  job_id: string,
  now_ms: number,
): Promise<Original> {
  const job = await client.job(job_id);
  requireReplayable(job, client.actor, now_ms);
  const { sha256: result_sha256, result } = await fetchManifest(client, job);
  const { fetchJob } = await import("../../provider/bundle.ts");
  const fetched = await fetchJob(client, job);
  const outputs = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [name, blob] of Object.entries(result.outputs)) {
    outputs.set(name, await client.blobs.bytes(job_id, blob.sha256, blob.size_bytes));
  }
  return { ...fetched, job, result_sha256, result, outputs };
}

/**
 * Before anything is run that could not be signed afterwards: throws `forbidden` for a job of others,
 * and `not_replayable` for a module, and for a job that the registry has archived, of which it takes
 * no statements.
 */
export function requireReplayable(job: JobView, actor: string, now_ms: number): void {
  const { job_id, kind, ended_at } = job;
  if (actor !== job.renter && actor !== job.provider) {
    throw new HorizonError("forbidden", `Only the renter and the provider of ${job_id} read it.`);
  }
  if (kind === "module") {
    throw new HorizonError(
      "not_replayable",
      `${job_id} is a module: it may take the time and draw lots, so another run proves nothing.`,
      { fix: "Compare what its outputs are good for, such as the accuracy of weights." },
    );
  }
  if (ended_at === null || now_ms < ended_at + LIMITS.archive_after_ms) return;
  const minutes = LIMITS.archive_after_ms / 60_000;
  throw new HorizonError(
    "not_replayable",
    `${job_id} is archived, as jobs are ${minutes} minutes after their end: the feed takes no more ` +
      "statements about it.",
    { fix: "Submit the job again, and compare the outputs." },
  );
}
