import { HorizonError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { BundledProgram, JobBundle, NamedBlob, TensorSetting } from "../protocol/job.ts";
import type { LoadedJob } from "./job_file.ts";
import { changed, type FoundFile } from "./job_paths.ts";
import { tenths } from "./transfer_text.ts";

/** What a bundle says of what runs; a model, or a module's source, is uploaded. */
export async function sendProgram(
  client: Client,
  { job, model, source }: LoadedJob,
  onStep: (text: string) => void,
): Promise<BundledProgram> {
  if (job.kind === "wgsl") return { kind: job.kind, wgsl: job.wgsl };
  if (job.kind === "module") {
    if (source === null) throw new HorizonError("invalid_job", "The job has no source.");
    const blob = await sendFile(client, "the module", source, onStep);
    return { kind: job.kind, module: { source: blob }, args: job.args, env: job.env };
  }
  if (model === null) throw new HorizonError("invalid_job", "The job has no model.");
  const blob = await sendFile(client, "the model", model, onStep);
  const { tensors, ...onnx } = job.onnx;
  return { kind: job.kind, onnx: { ...onnx, model: blob, ...namesOf(tensors) } };
}

/** Of what the job file says of tensors, only the model's names travel: the rest is in the `.npy`. */
function namesOf(tensors: Readonly<Record<string, TensorSetting>> = {}) {
  const named = Object.entries(tensors).flatMap(([at, { name }]) =>
    name === undefined ? [] : [[at, { name }] as const]
  );
  return named.length === 0 ? {} : { tensors: Object.fromEntries(named) };
}

/** Uploads a job's inputs; gives what a bundle says of them. Throws as `sendJob` does. */
export async function sendInputs(
  client: Client,
  loaded: LoadedJob,
  onStep: (text: string) => void,
): Promise<JobBundle["inputs"]> {
  const inputs: JobBundle["inputs"] = {};
  for (const [name, file] of loaded.inputs) {
    const what = `the input ${name}`;
    const bytes = loaded.converted.get(name);
    inputs[name] = bytes === undefined
      ? await sendFile(client, what, file, onStep)
      : await sendBytes(client, what, bytes, onStep);
  }
  return inputs;
}

/** Uploads what the registry lacks of a file. Throws `invalid_job` if it has changed meanwhile. */
async function sendFile(
  client: Client,
  what: string,
  file: FoundFile,
  onStep: (text: string) => void,
): Promise<NamedBlob> {
  const options = telling(what, file.size_bytes, onStep);
  const blob = await client.blobs.putFile(file.path, options).catch((thrown) => {
    const isGone = !(thrown instanceof HorizonError) || thrown.code === "blob_mismatch";
    throw isGone ? changed(file, thrown) : thrown;
  });
  if (blob.size_bytes !== file.size_bytes) throw changed(file);
  return blob;
}

async function sendBytes(
  client: Client,
  what: string,
  bytes: Uint8Array<ArrayBuffer>,
  onStep: (text: string) => void,
): Promise<NamedBlob> {
  return await client.blobs.putBytes(bytes, telling(what, bytes.length, onStep));
}

/** Says what is sent, and how far it is. */
function telling(what: string, size_bytes: number, onStep: (text: string) => void) {
  const title = `sending ${what} (${size_bytes} bytes)`;
  onStep(title);
  return { onProgress: tenths((percent) => onStep(`${title}, ${percent}%`)) };
}
