import type { JobBundle } from "../../protocol/job.ts";

/** Sends the job's inputs. */
type Send = () => Promise<JobBundle["inputs"]>;

/**
 * The inputs of a job, sent once for all GPUs: by the first that asks, since only who leases a GPU may
 * store anything. A failure is told to those who wait for it, and the next one tries again.
 */
export function sharedInputs(send: Send): Send {
  let sent: Promise<JobBundle["inputs"]> | null = null;
  return () => {
    sent ??= send().catch((thrown) => {
      sent = null;
      throw thrown;
    });
    return sent;
  };
}
