import type { Client } from "../client/client.ts";
import { HorizonError, messageOf } from "../base/errors.ts";
import type { Assignment } from "../protocol/api.ts";
import { JobBundle, type NamedBlob } from "../protocol/job.ts";
import { checkJobShape } from "../protocol/job_rules.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";

/** A job as it was fetched: what the renter sent, checked. */
export interface FetchedJob {
  bundle: JobBundle;
  /** What the kind runs, where that isn't in the bundle itself: "model". */
  payloads: Map<string, Uint8Array<ArrayBuffer>>;
  inputs: Map<string, Uint8Array<ArrayBuffer>>;
}

/**
 * Fetches a job's bundle and inputs. The client checks every byte against its hash; the bundle is
 * checked against its schema and the rules, so that nothing reaches the jail that doesn't fit. Throws `invalid_job` for
 * what the renter got wrong, `blob_mismatch` or `blob_not_found` for what didn't arrive.
 */
export async function fetchJob(client: Client, assignment: Assignment): Promise<FetchedJob> {
  const { job_id, limits } = assignment;
  const bytes = await client.blobs.bytes(job_id, assignment.bundle, LIMITS.request_bytes);
  const bundle = validate(JobBundle, parseJson(bytes), "The bundle", "invalid_job");
  const input_bytes = new Map(
    Object.entries(bundle.inputs).map(([name, blob]) => [name, blob.size_bytes]),
  );
  checkJobShape({ ...bundle, input_bytes, limits });
  const payloads = new Map<string, Uint8Array<ArrayBuffer>>();
  if (bundle.kind === "onnx") {
    payloads.set("model", await fetchNamed(client, job_id, "The model", bundle.onnx.model));
  }
  const inputs = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [name, blob] of Object.entries(bundle.inputs)) {
    inputs.set(name, await fetchNamed(client, job_id, `The input "${name}"`, blob));
  }
  return { bundle, payloads, inputs };
}

async function fetchNamed(client: Client, job_id: string, what: string, blob: NamedBlob) {
  const bytes = await client.blobs.bytes(job_id, blob.sha256, blob.size_bytes);
  if (bytes.length === blob.size_bytes) return bytes;
  throw new HorizonError(
    "invalid_job",
    `${what} has ${bytes.length} bytes, not ${blob.size_bytes}.`,
  );
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > LIMITS.request_bytes) {
    throw new HorizonError("invalid_job", "The bundle is too large.");
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new HorizonError("invalid_job", `The bundle is not JSON: ${messageOf(cause)}`, { cause });
  }
}
