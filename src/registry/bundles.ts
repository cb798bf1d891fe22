import { HorizonError } from "../base/errors.ts";
import type { Intent } from "../protocol/intent.ts";
import { JobBundle, JobCheckpoint, JobResult, type NamedBlob } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";
import type { Blobs } from "../store/blobs.ts";
import { parseJson } from "./body.ts";

/** Where side-cars are read from. */
export type BlobReader = Pick<Blobs, "get">;

/** A bundle holds a shader and the names of its inputs. */
const BUNDLE_MAX_BYTES = 2 * LIMITS.job_file_bytes;

/**
 * Before a job is sequenced: its bundle is here, can be read, says what the intent says, and its
 * inputs are here; before it is finished, or a checkpoint is kept, the same of its result. All must have been put by the
 * intent's own actor: to name another's blob would be a way to read it. Null if so; throws
 * `blob_not_found` or `invalid_job`.
 */
export async function checkBundle(
  intent: Intent,
  { store: { blobs } }: { store: { blobs: Blobs } },
): Promise<null> {
  if (intent.type === "job.submit") {
    const { bundle, kind } = intent.body;
    requireBlob("bundle", bundle, intent.actor, blobs);
    const content = await readBundle(bundle, blobs);
    if (content.kind !== kind) {
      throw new HorizonError(
        "invalid_job",
        `The bundle's kind is ${content.kind}, the intent's ${kind}.`,
      );
    }
    if (content.kind === "onnx") {
      requireBlob("onnx.model", content.onnx.model.sha256, intent.actor, blobs);
    }
    requireBlobs(content.inputs, intent.actor, blobs);
  }
  if (intent.type === "job.checkpoint") {
    const { checkpoint } = intent.body;
    requireBlob("manifest", checkpoint, intent.actor, blobs);
    const { checkpoint: kept } = await readCheckpoint(checkpoint, blobs);
    requireBlob("checkpoint", kept.sha256, intent.actor, blobs);
  }
  if (intent.type === "job.finish" && intent.body.result !== null) {
    const { result } = intent.body;
    requireBlob("result", result, intent.actor, blobs);
    requireBlobs((await readResult(result, blobs)).outputs, intent.actor, blobs);
  }
  return null;
}

/** The hashes that a job's bundle, checkpoint and result name, with those themselves. */
export async function namedBlobs(
  job: { bundle: string; checkpoint: string | null; result: string | null },
  blobs: BlobReader,
): Promise<Set<string>> {
  const named = new Set([job.bundle]);
  const bundle = await readBundle(job.bundle, blobs);
  if (bundle.kind === "onnx") named.add(bundle.onnx.model.sha256);
  for (const { sha256 } of Object.values(bundle.inputs)) named.add(sha256);
  if (job.checkpoint !== null) {
    named.add(job.checkpoint);
    named.add((await readCheckpoint(job.checkpoint, blobs)).checkpoint.sha256);
  }
  if (job.result !== null) {
    named.add(job.result);
    const { outputs } = await readResult(job.result, blobs);
    for (const { sha256 } of Object.values(outputs)) named.add(sha256);
  }
  return named;
}

async function readBundle(sha256: string, blobs: BlobReader): Promise<JobBundle> {
  return validate(JobBundle, await readBlob(sha256, blobs), "The bundle", "invalid_job");
}

async function readResult(sha256: string, blobs: BlobReader): Promise<JobResult> {
  return validate(JobResult, await readBlob(sha256, blobs), "The result", "invalid_job");
}

async function readCheckpoint(sha256: string, blobs: BlobReader): Promise<JobCheckpoint> {
  return validate(JobCheckpoint, await readBlob(sha256, blobs), "The checkpoint", "invalid_job");
}

async function readBlob(sha256: string, blobs: BlobReader): Promise<unknown> {
  const { size_bytes, stream } = await blobs.get(sha256);
  if (size_bytes > BUNDLE_MAX_BYTES) {
    await stream.cancel();
    throw new HorizonError(
      "invalid_job",
      `The side-car has ${size_bytes} bytes, which is too many.`,
    );
  }
  return parseJson(new Uint8Array(await new Response(stream).arrayBuffer()));
}

function requireBlobs(named: Record<string, NamedBlob>, actor: string, blobs: Blobs): void {
  for (const [name, { sha256 }] of Object.entries(named)) requireBlob(name, sha256, actor, blobs);
}

function requireBlob(name: string, sha256: string, actor: string, blobs: Blobs): void {
  if (blobs.has(sha256, actor)) return;
  throw new HorizonError("blob_not_found", `The blob of "${name}" is not here; put it first.`, {
    details: { name, sha256 },
  });
}
