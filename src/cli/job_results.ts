import { join } from "node:path";
import { HorizonError, messageOf } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import { JobResult, type JobView } from "../protocol/job.ts";
import { validate } from "../protocol/validate.ts";

/** An output on the renter's disk. */
export interface SavedOutput {
  name: string;
  path: string;
  sha256: string;
  size_bytes: number;
}

const MIB = 1024 * 1024;

/**
 * Fetches a succeeded job's outputs into a folder, each checked by its hash, and writes over nothing.
 * Throws `job_unfinished`, `job_failed` or `job_cancelled` where there are none, `already_exists`,
 * `blob_mismatch`, or `bad_gateway` for a result that isn't one.
 */
export async function fetchResults(
  client: Client,
  job: JobView,
  folder: string,
): Promise<SavedOutput[]> {
  const { job_id } = job;
  if (job.result === null) throw withoutResult(job);
  const manifest = validate(
    JobResult,
    parseJson(await client.jobBlob(job_id, job.result)),
    "The job's result",
    "bad_gateway",
  );
  const outputs = Object.entries(manifest.outputs);
  const total_bytes = outputs.reduce((sum, [, blob]) => sum + blob.size_bytes, 0);
  if (total_bytes > job.limits.output_mb * MIB) {
    throw new HorizonError("bad_gateway", "The job's result is larger than the job allows.");
  }
  const saved = outputs.map(([name, blob]) => ({ name, path: join(folder, name), ...blob }));
  await refuseExisting(saved.map(({ path }) => path), job_id);
  await Deno.mkdir(folder, { recursive: true });
  for (const { path, sha256 } of saved) await save(path, await client.jobBlob(job_id, sha256));
  return saved;
}

/** Throws `already_exists` if one of the paths is taken. */
export async function refuseExisting(paths: readonly string[], job_id?: string): Promise<void> {
  for (const path of paths) {
    const found = await Deno.lstat(path).catch(() => undefined);
    if (found === undefined) continue;
    throw new HorizonError("already_exists", `${path} is already there.`, {
      fix: job_id === undefined
        ? "Name another folder with --out."
        : `Fetch the outputs elsewhere: horizon job fetch ${job_id} --out <folder>`,
    });
  }
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
