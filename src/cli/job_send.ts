import { HorizonError } from "../base/errors.ts";
import { canonicalBytes } from "../base/json.ts";
import { formatDollars, parseDollars } from "../base/money.ts";
import type { Client } from "../client/client.ts";
import type { BundledProgram, JobBundle, JobFailover, JobFile } from "../protocol/job.ts";
import type { LeaseView } from "../protocol/lease.ts";
import { JobId } from "../protocol/text.ts";
import { validate } from "../protocol/validate.ts";
import type { LoadedJob } from "./job_file.ts";
import { sendInputs, sendProgram } from "./job_upload.ts";

const SALT_BYTES = 32;

/**
 * The caller's live lease on a GPU. Throws `gpu_not_found`, or `lease_not_found` where somebody else
 * or nobody leases it; `suffix` is what stands after the GPU's id in the words.
 */
export async function ownLease(
  client: Client,
  gpu_id: string,
  suffix = "",
): Promise<LeaseView> {
  const { lease_id } = await client.gpu(gpu_id);
  const lease = lease_id === null ? undefined : await client.lease(lease_id);
  if (lease?.state === "live" && lease.renter === client.actor) return lease;
  throw new HorizonError("lease_not_found", `You have no live lease on ${gpu_id}${suffix}.`, {
    fix: `Run: horizon rent ${gpu_id}${suffix} --duration 1`,
  });
}

/** Throws `no_offer` if the lease costs more an hour than the job file's max_price. */
export function checkMaxPrice({ job }: LoadedJob, lease: LeaseView): void {
  if (job.max_price === undefined) return;
  const max_micros = parseDollars(job.max_price, "max_price in the job file");
  if (lease.price_micros_per_hour <= max_micros) return;
  const price = formatDollars(lease.price_micros_per_hour);
  throw new HorizonError(
    "no_offer",
    `${lease.gpu_id} costs you ${price} an hour, and the job's max_price is ${
      formatDollars(max_micros)
    }.`,
  );
}

/**
 * Uploads a job's inputs and its salted bundle, then submits it; gives its id. Throws `invalid_job`
 * for an input that changed since it was checked, or what the registry refuses.
 */
export async function sendJob(
  client: Client,
  gpu_id: string,
  loaded: LoadedJob,
  onStep: (text: string) => void,
  placing: Placing = {},
): Promise<string> {
  const program = await sendProgram(client, loaded, onStep);
  const inputs = await sendInputs(client, loaded, onStep);
  onStep("submitting the job");
  return await submitJob(client, gpu_id, { ...loaded.job, ...program }, inputs, placing);
}

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
