import { join } from "node:path";
import { sha256OfFile } from "../base/file_hash.ts";
import type { Client } from "../client/client.ts";
import { fetchManifest } from "../client/job_result.ts";
import type { JobView } from "../protocol/job.ts";
import { refuseExisting } from "./new_file.ts";
import { tenths } from "./transfer_text.ts";

/** An output on the renter's disk. */
export interface SavedOutput {
  name: string;
  path: string;
  sha256: string;
  size_bytes: number;
}

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

/** True if an earlier fetch has brought this very output. */
async function isSaved({ path, sha256, size_bytes }: SavedOutput): Promise<boolean> {
  const found = await Deno.lstat(path).catch(() => undefined);
  if (found?.isFile !== true || found.size !== size_bytes) return false;
  return (await sha256OfFile(path)).sha256 === sha256;
}
