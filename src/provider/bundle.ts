import type { Client } from "../client/client.ts";
import { HorizonError } from "../base/errors.ts";
import type { Assignment } from "../protocol/api.ts";
import { JobBundle, type NamedBlob } from "../protocol/job.ts";
import { checkJobShape } from "../protocol/job_rules.ts";
import { LIMITS } from "../protocol/limits.ts";
import { readSideCar } from "./side_car.ts";

/** A job as it was fetched: what the renter sent, checked. */
export interface FetchedJob {
  bundle: JobBundle;
  /** What the kind runs, where that isn't in the bundle itself: "model" or "source". */
  payloads: Map<string, Uint8Array<ArrayBuffer>>;
  inputs: Map<string, Uint8Array<ArrayBuffer>>;
}

/**
 * Fetches a job's bundle and inputs. The client checks every byte against its hash; the bundle is
 * checked against its schema and the rules, so that nothing reaches the jail that doesn't fit. Throws
 * `invalid_job` for what the renter got wrong, `blob_mismatch` or `blob_not_found` for what didn't
 * arrive.
 */
export async function fetchJob(
  client: Client,
  job: Pick<Assignment, "job_id" | "limits" | "bundle">,
): Promise<FetchedJob> {
  const { job_id, limits } = job;
  const bytes = await client.blobs.bytes(job_id, job.bundle, LIMITS.request_bytes);
  const bundle = readSideCar(JobBundle, bytes, "The bundle");
  const input_bytes = new Map(
    Object.entries(bundle.inputs).map(([name, blob]) => [name, blob.size_bytes]),
  );
  const payload = payloadOf(bundle);
  checkJobShape({ ...bundle, input_bytes, payload_bytes: payload?.blob.size_bytes, limits });
  const payloads = new Map<string, Uint8Array<ArrayBuffer>>();
  if (payload !== null) {
    const { name, blob } = payload;
    payloads.set(name, await fetchNamed(client, job_id, `The ${name}`, blob));
  }
  const inputs = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [name, blob] of Object.entries(bundle.inputs)) {
    inputs.set(name, await fetchNamed(client, job_id, `The input "${name}"`, blob));
  }
  return { bundle, payloads, inputs };
}

/** What the kind runs, where that isn't in the bundle itself. */
function payloadOf(bundle: JobBundle): { name: "model" | "source"; blob: NamedBlob } | null {
  if (bundle.kind === "onnx") return { name: "model", blob: bundle.onnx.model };
  return bundle.kind === "module" ? { name: "source", blob: bundle.module.source } : null;
}

async function fetchNamed(client: Client, job_id: string, what: string, blob: NamedBlob) {
  const bytes = await client.blobs.bytes(job_id, blob.sha256, blob.size_bytes);
  if (bytes.length === blob.size_bytes) return bytes;
  throw new HorizonError(
    "invalid_job",
    `${what} has ${bytes.length} bytes, not ${blob.size_bytes}.`,
  );
}
