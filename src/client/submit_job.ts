import { canonicalBytes } from "../base/json.ts";
import type { BundledProgram, JobBundle, JobFailover, JobFile } from "../protocol/job.ts";
import { JobId } from "../protocol/text.ts";
import { validate } from "../protocol/validate.ts";
import type { Client } from "./client.ts";

const SALT_BYTES = 32;

/** What is submitted beside a job's inputs: what of the job file, and what runs. */
export type SubmittedJob =
  & Pick<JobFile, "name" | "outputs" | "metrics" | "limits" | "retry">
  & BundledProgram;

/** When a job runs, and where it may go on if its GPU is lost. */
export interface Placing {
  priority?: number;
  failover?: JobFailover | null;
}

/** A failover without a second attempt would never be used. */
function onceMore({ attempts, on }: JobFile["retry"]): JobFile["retry"] {
  return { attempts: Math.max(1, attempts), on: on.includes("lost") ? on : ["lost", ...on] };
}

/** Uploads the salted bundle of a job whose inputs are there, and submits it; gives its id. */
export async function submitJob(
  client: Client,
  gpu_id: string,
  job: SubmittedJob,
  inputs: JobBundle["inputs"],
  { priority = 0, failover = null }: Placing = {},
): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES)).toHex();
  const { name, kind, outputs, metrics, limits } = job;
  const retry = failover === null ? job.retry : onceMore(job.retry);
  const commons = { salt, name, inputs, outputs, ...(metrics.length === 0 ? {} : { metrics }) };
  const bundle = canonicalBytes(bundleOf(commons, job));
  const { sha256 } = await client.blobs.putBytes(bundle);
  const body = { gpu_id, kind, bundle: sha256, limits, retry, priority, failover };
  const accepted = await client.submit("job.submit", body);
  return validate(JobId, accepted.data.job_id, "The registry's receipt", "bad_gateway");
}

/** The bundle of a job: what all have in common, and what runs. */
function bundleOf(
  commons: Pick<JobBundle, "salt" | "name" | "inputs" | "outputs" | "metrics">,
  job: BundledProgram,
): JobBundle {
  switch (job.kind) {
    case "wgsl":
      return { ...commons, kind: job.kind, wgsl: job.wgsl };
    case "onnx":
      return { ...commons, kind: job.kind, onnx: job.onnx };
    case "module": {
      const { kind, module, args, env } = job;
      return {
        ...commons,
        kind,
        module,
        ...(args === undefined ? {} : { args }),
        ...(env === undefined ? {} : { env }),
      };
    }
  }
}
