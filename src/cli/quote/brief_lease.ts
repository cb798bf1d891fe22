import { HorizonError, messageOf } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { TRANSIENT_CODES } from "../../protocol/codes.ts";
import type { LeaseView } from "../../protocol/lease.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { LeaseId } from "../../protocol/text.ts";
import { validate } from "../../protocol/validate.ts";
import { ownLease } from "../job_send.ts";
import type { Candidate } from "./candidates.ts";

/** Beside the samples a lease has room for jobs to be fetched and started. */
const OVERHEAD_S = 60;
/** The longest sample, and the shorter ones that find out how long it may be. */
const SAMPLES = 3;

/** How fast inputs must travel for the samples to fit into the lease. */
const INPUT_BYTES_PER_S = 2 * 1024 * 1024;
const MAX_LEASE_S = 3600;

/** How long a GPU is leased at most for samples of so many seconds, of a job with so much input. */
export function leaseSeconds(sample_s: number, input_bytes: number): number {
  const sending_s = Math.ceil(input_bytes / INPUT_BYTES_PER_S);
  const wanted_s = OVERHEAD_S + SAMPLES * sample_s + sending_s;
  return Math.min(MAX_LEASE_S, Math.max(LIMITS.duration_min_s, wanted_s));
}

/**
 * Rents a GPU at the ask and with the proof that the plan showed; gives the lease's id. Where the
 * answer is lost on the way, a lease that was opened all the same is ended. Throws the refusal.
 */
export async function rentBriefly(
  client: Client,
  gpu: Candidate,
  duration_s: number,
): Promise<string> {
  const { gpu_id, verification: verdict, ask_micros_per_hour } = gpu;
  try {
    const accepted = await client.submit("lease.rent", {
      gpu_id,
      duration_s,
      max_price_micros_per_hour: ask_micros_per_hour,
      expected: { verdict, class: gpu.class },
    });
    return validate(LeaseId, accepted.data.lease_id, "The registry's receipt", "bad_gateway");
  } catch (thrown) {
    if (thrown instanceof HorizonError && TRANSIENT_CODES.has(thrown.code)) {
      await endUnanswered(client, gpu_id, duration_s);
    }
    throw thrown;
  }
}

/** Ends the lease of an answer that was lost, if there is one and the registry can be reached. */
async function endUnanswered(client: Client, gpu_id: string, duration_s: number): Promise<void> {
  const lease = await ownLease(client, gpu_id).catch(() => null);
  if (lease?.duration_s !== duration_s) return;
  await client.submit("lease.end", { lease_id: lease.lease_id }).catch(() => undefined);
}

/**
 * Ends a lease, with the jobs that are left on it; gives it with its bill, or null, told to the person,
 * where the registry can't be reached: then it ends by itself.
 */
export async function endLease(
  client: Client,
  lease_id: string,
  note: (text: string) => void,
): Promise<LeaseView | null> {
  try {
    await client.submit("lease.end", { lease_id });
  } catch (thrown) {
    // It may be over already: expired, or its provider has gone.
    if (!(thrown instanceof HorizonError) || thrown.code !== "lease_state") {
      note(`${lease_id} could not be ended: ${messageOf(thrown)}`);
      note(`It ends by itself within minutes; at once with: horizon lease end ${lease_id}`);
    }
  }
  return await client.lease(lease_id).catch(() => null);
}
