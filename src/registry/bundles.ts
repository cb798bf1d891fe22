import { HorizonError } from "../base/errors.ts";
import type { MarketState } from "../market/state.ts";
import type { Intent } from "../protocol/intent.ts";
import { JobBundle, JobCheckpoint, JobResult, type NamedBlob } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";
import type { Blobs } from "../store/blobs.ts";
import { parseJson } from "./body.ts";

/** Where side-cars are read from. */
export type BlobReader = Pick<Blobs, "get">;

/** A bundle holds a shader, or a module's arguments, and the names of its inputs. */
const BUNDLE_MAX_BYTES = 2 * LIMITS.job_file_bytes;

/**
 * Before a job is sequenced: its bundle is here, can be read, says what the intent says, and its
 * inputs are here; before it is finished, or a checkpoint is kept, the same of its result, whose
 * outputs are those that the bundle asks for. All must have been put by the intent's own actor: to
 * name another's blob would be a way to read it. Null if so; throws `blob_not_found` or `invalid_job`.
 */
export async function checkBundle(
  intent: Intent,
  { store: { blobs }, sequencer }: {
    store: { blobs: Blobs };
    sequencer: { state: Pick<MarketState, "jobs"> };
  },
): Promise<null> {
  if (intent.type === "job.submit") {
    const { bundle, kind } = intent.body;
    await requireBlob("bundle", bundle, intent.actor, blobs);
    const content = await readBundle(bundle, blobs);
    if (content.kind !== kind) {
      throw new HorizonError(
        "invalid_job",
        `The bundle's kind is ${content.kind}, the intent's ${kind}.`,
      );
    }
    const program = programBlob(content);
    if (program !== null) await requireBlob(program.name, program.sha256, intent.actor, blobs);
    await requireBlobs(content.inputs, intent.actor, blobs);
  }
  if (intent.type === "job.checkpoint") {
    const { checkpoint } = intent.body;
    await requireBlob("manifest", checkpoint, intent.actor, blobs);
    const { checkpoint: kept } = await readCheckpoint(checkpoint, blobs);
    await requireBlob("checkpoint", kept.sha256, intent.actor, blobs);
  }
  if (intent.type === "job.finish" && intent.body.result !== null) {
    const { job_id, result } = intent.body;
    await requireBlob("result", result, intent.actor, blobs);
    const { outputs } = await readResult(result, blobs);
    const job = sequencer.state.jobs.get(job_id);
    if (job !== undefined) requireWanted(outputs, await readBundle(job.bundle, blobs));
    await requireBlobs(outputs, intent.actor, blobs);
  }
  return null;
}

/** What of a job names blobs. */
type Naming = { bundle: string; checkpoint: string | null; result: string | null };

/** The hashes that a job's bundle, checkpoint and result name, with those themselves. */
export async function namedBlobs(job: Naming, blobs: BlobReader): Promise<Set<string>> {
  const { bundle, checkpoint, result } = job;
  return new Set([
    ...await bundleBlobs(bundle, blobs),
    ...checkpoint === null ? [] : await checkpointBlobs(checkpoint, blobs),
    ...result === null ? [] : await resultBlobs(result, blobs),
  ]);
}

/** A bundle and the blobs that it names: their renter's. */
export async function bundleBlobs(sha256: string, blobs: BlobReader): Promise<string[]> {
  const bundle = await readBundle(sha256, blobs);
  const program = programBlob(bundle);
  const inputs = Object.values(bundle.inputs).map((input) => input.sha256);
  return [sha256, ...program === null ? [] : [program.sha256], ...inputs];
}

/** A checkpoint's manifest and the blob that it names: of whoever was the provider then. */
export async function checkpointBlobs(sha256: string, blobs: BlobReader): Promise<string[]> {
  return [sha256, (await readCheckpoint(sha256, blobs)).checkpoint.sha256];
}

/** A result's manifest and the outputs that it names: their provider's. */
export async function resultBlobs(sha256: string, blobs: BlobReader): Promise<string[]> {
  const { outputs } = await readResult(sha256, blobs);
  return [sha256, ...Object.values(outputs).map((output) => output.sha256)];
}

/** The blob of what runs, and where the bundle names it; null for a shader, which the bundle holds. */
function programBlob(bundle: JobBundle): { name: string; sha256: string } | null {
  switch (bundle.kind) {
    case "wgsl":
      return null;
    case "onnx":
      return { name: "onnx.model", sha256: bundle.onnx.model.sha256 };
    case "module":
      return { name: "module.source", sha256: bundle.module.source.sha256 };
  }
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

/** A result has each output that was asked for, and no other. */
function requireWanted(made: JobResult["outputs"], { outputs }: JobBundle): void {
  const wanted = new Set(outputs);
  const names = new Set(Object.keys(made));
  const odd = names.difference(wanted).values().next().value ??
    wanted.difference(names).values().next().value;
  if (odd === undefined) return;
  const why = wanted.has(odd) ? "lacks the output" : "has an output that nobody asked for,";
  throw new HorizonError("invalid_job", `The result ${why} "${odd}".`, { details: { name: odd } });
}

async function requireBlobs(
  named: Record<string, NamedBlob>,
  actor: string,
  blobs: Blobs,
): Promise<void> {
  for (const [name, { sha256 }] of Object.entries(named)) {
    await requireBlob(name, sha256, actor, blobs);
  }
}

/** From here on it stays long enough for the intent to be sequenced. */
async function requireBlob(
  name: string,
  sha256: string,
  actor: string,
  blobs: Blobs,
): Promise<void> {
  if (blobs.has(sha256, actor)) return await blobs.ask({ sha256, actor });
  throw new HorizonError("blob_not_found", `The blob of "${name}" is not here; put it first.`, {
    details: { name, sha256 },
  });
}
