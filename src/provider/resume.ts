import { HorizonError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { Assignment } from "../protocol/api.ts";
import { JobCheckpoint } from "../protocol/job.ts";
import type { JobLog } from "./job_log.ts";
import { untilReached } from "./retry.ts";
import { readSideCar } from "./side_car.ts";

/**
 * The checkpoint that an attempt goes on from; null if there is none. One that can't be had is said in
 * the log and passed over, since the job can still be done from its start. Throws `interrupted`.
 */
export async function fetchCheckpoint(
  client: Client,
  { job_id, checkpoint }: Assignment,
  log: JobLog,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (checkpoint === null) return null;
  const fetch = (sha256: string) => untilReached(() => client.jobBlob(job_id, sha256), signal);
  try {
    const manifest = readSideCar(JobCheckpoint, await fetch(checkpoint), "The checkpoint");
    const bytes = await fetch(manifest.checkpoint.sha256);
    log.push("status", `resumes from a checkpoint of ${bytes.length} bytes`);
    return bytes;
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) || thrown.code === "interrupted") throw thrown;
    log.push("status", `begins anew, as its checkpoint can't be had: ${thrown.message}`);
    return null;
  }
}
