import { join } from "node:path";
import { HorizonError, messageOf } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import type { Client } from "../client/client.ts";
import { JobResult, type JobView } from "../protocol/job.ts";
import { validate } from "../protocol/validate.ts";
import { refuseExisting } from "./new_file.ts";

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
 * an earlier fetch brought stays.
 * Throws `job_unfinished`, `job_failed` or `job_cancelled` where there are none, `already_exists`,
 * `blob_mismatch`, or `bad_gateway` for a result that isn't one.
 */
export async function fetchResults(
  client: Client,
  job: JobView,
  folder: string,
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
  for (const { path, sha256 } of missing) await save(path, await client.jobBlob(job_id, sha256));
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
    parseJson(await client.jobBlob(job.job_id, job.result)),
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
  return sha256Hex(await Deno.readFile(path)) === sha256;
}

/** Writes a file that is there whole or not at all. */
async function save(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.part`;
  try {
    await Deno.writeFile(part, bytes);
    await Deno.rename(part, path);
  } catch (cause) {
    await Deno.remove(part).catch(() => undefined);
    const code = cause instanceof Error && /ENOSPC|os error 28/.test(cause.message)
      ? "disk_full"
      : "forbidden";
    throw new HorizonError(code, `${path} can't be written: ${messageOf(cause)}`, { cause });
  }
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
