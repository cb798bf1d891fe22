import { HorizonError } from "../../base/errors.ts";
import { sha256OfFile } from "../../base/file_hash.ts";
import { ACTOR_ID_PATTERN } from "../../base/identity.ts";
import type { MarketState } from "../../market/market.ts";
import type { OpenBlob } from "../../store/blobs.ts";
import { type BlobReader, namedBlobs } from "../bundles.ts";
import type { Findings } from "./findings.ts";

const SHA256_PATTERN = /^[0-9a-f]{64}$/;

/** Checks the hash of every blob in a folder; those that have theirs can be read by it. */
export async function checkBlobs(folder: string, findings: Findings): Promise<BlobReader> {
  const paths = new Map<string, string>();
  let count = 0;
  for (const actor of await namesIn(folder, ACTOR_ID_PATTERN)) {
    for (const sha256 of await namesIn(`${folder}/${actor}`, SHA256_PATTERN)) {
      const path = `${folder}/${actor}/${sha256}`;
      count++;
      if ((await sha256OfFile(path)).sha256 === sha256) paths.set(sha256, path);
      else findings.wrong("blobs", `the bytes of ${actor}/${sha256} don't have that hash`);
    }
  }
  findings.end("blobs", `${count} have the hash that they are named by`);
  return { get: (sha256) => open(paths, sha256) };
}

/** Checks that all blobs which the jobs under way name are there. */
export async function checkNamedBlobs(
  state: MarketState,
  blobs: BlobReader,
  findings: Findings,
): Promise<void> {
  let jobs = 0;
  for (const job of state.jobs.values()) {
    if (job.ended_at !== null) continue;
    jobs++;
    try {
      for (const sha256 of await namedBlobs(job, blobs)) {
        await (await blobs.get(sha256)).stream.cancel();
      }
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
      findings.wrong("job blobs", `${job.job_id} needs what is not whole here: ${thrown.message}`);
    }
  }
  findings.end("job blobs", `all that ${jobs} jobs under way name is there`);
}

async function open(paths: ReadonlyMap<string, string>, sha256: string): Promise<OpenBlob> {
  const path = paths.get(sha256);
  if (path === undefined) throw new HorizonError("blob_not_found", `There is no blob ${sha256}`);
  const file = await Deno.open(path);
  return { size_bytes: (await file.stat()).size, stream: file.readable };
}

async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) if (pattern.test(name)) names.push(name);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  return names.sort();
}
