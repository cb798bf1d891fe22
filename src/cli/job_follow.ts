import { HorizonError } from "../base/errors.ts";
import type { Client, NumberedLine } from "../client/client.ts";
import { TRANSIENT_CODES } from "../protocol/codes.ts";
import type { JobView } from "../protocol/job.ts";

/** How long a follower waits for a registry that went away. */
const PATIENCE_MS = 60_000;
/** Between two looks at a registry that is away, or whose stream ended early. */
const RETRY_MS = 500;

/** True once a job will not change any more. */
export function hasEnded(job: JobView): boolean {
  return job.ended_at !== null;
}

/**
 * Follows a job to its end, each line of its log to `onLine` once and in order. Survives a registry
 * that restarts. Throws `interrupted` when the signal aborts, `network` and the like after a minute
 * without the registry, or what it refuses.
 */
export async function followJob(
  client: Client,
  job_id: string,
  onLine: (line: NumberedLine) => void,
  signal: AbortSignal,
): Promise<JobView> {
  let after = 0;
  let heard_ms = performance.now();
  const take = (line: NumberedLine) => {
    heard_ms = performance.now();
    if (line.n <= after) return;
    after = line.n;
    onLine(line);
  };
  while (true) {
    try {
      for await (const line of client.followJobLogs(job_id, after, signal)) take(line);
      // Also renews a session that the registry forgot, and takes what came at the very end.
      const job = await client.job(job_id);
      (await client.jobLogs(job_id, after)).lines.forEach(take);
      heard_ms = performance.now();
      if (hasEnded(job)) return job;
    } catch (thrown) {
      if (signal.aborted) throw interrupted(thrown);
      const code = thrown instanceof HorizonError ? thrown.code : "";
      if (code === "session_invalid") await client.jobLogs(job_id, after);
      else if (!TRANSIENT_CODES.has(code) || performance.now() - heard_ms > PATIENCE_MS) {
        throw thrown;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function interrupted(cause: unknown): HorizonError {
  if (cause instanceof HorizonError && cause.code === "interrupted") return cause;
  return new HorizonError("interrupted", "Interrupted.", { cause });
}
