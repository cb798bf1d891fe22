import { HorizonError } from "../base/errors.ts";
import { formatDollars, parseDollars } from "../base/money.ts";
import type { Client } from "../client/client.ts";
import { type Placing, submitJob } from "../client/submit_job.ts";
import type { LeaseView } from "../protocol/lease.ts";
import type { LoadedJob } from "./job_file.ts";
import { sendInputs, sendProgram } from "./job_upload.ts";

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
