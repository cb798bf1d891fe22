import { HorizonError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { Assignment } from "../protocol/api.ts";
import { JobCheckpoint } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
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
  const fetch = (sha256: string, max_bytes: number) =>
    untilReached(() => client.blobs.bytes(job_id, sha256, max_bytes), signal);
  try {
    const manifest = await fetch(checkpoint, LIMITS.request_bytes);
    const { checkpoint: kept } = readSideCar(JobCheckpoint, manifest, "The checkpoint");
    const bytes = await fetch(kept.sha256, kept.size_bytes);
    log.push("status", `resumes from a checkpoint of ${bytes.length} bytes`);
    return bytes;
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) || thrown.code === "interrupted") throw thrown;
    log.push("status", `begins anew, as its checkpoint can't be had: ${thrown.message}`);
    return null;
  }
}
