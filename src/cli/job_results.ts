import { join } from "node:path";
import { HorizonError } from "../base/errors.ts";
import { sha256OfFile } from "../base/file_hash.ts";
import type { Client } from "../client/client.ts";
import { JobResult, type JobView } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";
import { refuseExisting } from "./new_file.ts";
import { tenths } from "./transfer_text.ts";

/** An output on the renter's disk. */
export interface SavedOutput {
  name: string;
  path: string;
  sha256: string;
  size_bytes: number;
}

const MIB = 1024 * 1024;

/**
 * Fetches a succeeded job's outputs into a folder, each checked by its hash, and writes over nothing; what
 * an earlier fetch brought stays, and one that broke off goes on. Throws `job_unfinished`, `job_failed` or `job_cancelled` where there are none, `already_exists`,
 * `blob_mismatch`, or `bad_gateway` for a result that isn't one.
 */
export async function fetchResults(
  client: Client,
  job: JobView,
  folder: string,
  onStep: (text: string) => void = () => {},
): Promise<SavedOutput[]> {
  const { job_id } = job;
  const { result } = await fetchManifest(client, job);
  const outputs = Object.entries(result.outputs);
  const saved = outputs.map(([name, blob]) => ({ name, path: join(folder, name), ...blob }));
  const fix = `Fetch the outputs elsewhere: horizon job fetch ${job_id} --out <folder>`;
  const missing = [];
  for (const output of saved) {
    if (await isSaved(output)) continue;
    await refuseExisting(output.path, fix);
    missing.push(output);
  }
  await Deno.mkdir(folder, { recursive: true });
  for (const { name, path, sha256, size_bytes } of missing) {
    const title = `fetching the output ${name} (${size_bytes} bytes)`;
    onStep(title);
    const onProgress = tenths((percent) => onStep(`${title}, ${percent}%`));
    await client.blobs.toFile(job_id, { sha256, size_bytes }, path, { onProgress });
  }
  return saved;
}

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

/** True if an earlier fetch has brought this very output. */
async function isSaved({ path, sha256, size_bytes }: SavedOutput): Promise<boolean> {
  const found = await Deno.lstat(path).catch(() => undefined);
  if (found?.isFile !== true || found.size !== size_bytes) return false;
  return (await sha256OfFile(path)).sha256 === sha256;
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
