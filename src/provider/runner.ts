import type { Clock } from "../base/clock.ts";
import { HorizonError, messageOf } from "../base/errors.ts";
import { canonicalBytes } from "../base/json.ts";
import type { Client } from "../client/client.ts";
import type { Assignment } from "../protocol/api.ts";
import type { IntentBody } from "../protocol/intent.ts";
import type { JobResult } from "../protocol/job.ts";
import { type FetchedJob, fetchJob } from "./bundle.ts";
import { CheckpointKeeper } from "./checkpoint_keeper.ts";
import { deliver } from "./deliver.ts";
import { runJailed } from "./jail.ts";
import type { JobOutcome } from "./jail_outcome.ts";
import { JobLog } from "./job_log.ts";
import { programOf } from "./program.ts";
import { fetchCheckpoint } from "./resume.ts";
import { untilReached } from "./retry.ts";

/** What running a job needs beside the job. */
export interface RunnerOptions {
  client: Client;
  clock: Clock;
  /** The owner's consent to run `wgsl` where the jail can't be complete. */
  unjailed: boolean;
}

/** How an attempt ended, as the registry is told. */
export type Finish = Omit<IntentBody<"job.finish">, "job_id" | "attempt">;

/**
 * Runs one claimed job to its end: fetches what the renter sent, starts it, runs it in the jail,
 * stores the outputs. `signal` stops it. Gives how it ended; throws `interrupted` once stopped, or
 * what the registry refuses because the job is no longer this daemon's (`job_state`, …).
 */
export async function runJob(
  assignment: Assignment,
  options: RunnerOptions,
  signal: AbortSignal,
): Promise<Finish> {
  const { client, clock } = options;
  const { job_id, attempt } = assignment;
  const log = new JobLog((lines) => client.sendJobLogs(job_id, lines), clock);
  try {
    const fetched = await untilReached(() => fetchJob(client, assignment), signal);
    await deliver(client, "job.start", { job_id, attempt }, signal);
    log.push("status", `attempt ${attempt} started on ${assignment.gpu_id}`);
    const resume = await fetchCheckpoint(client, assignment, log, signal);
    const outcome = await runFetched({ ...fetched, resume }, assignment, options, log, signal);
    if (outcome.state === "cancelled") throw new HorizonError("interrupted", "Stopped.");
    if (outcome.state === "failed") {
      log.push("status", outcome.message);
      return failed(outcome.reason, outcome.side);
    }
    const result = await storeResult(client, outcome, signal);
    const on = outcome.execution === undefined ? "" : ` on ${outcome.execution}`;
    log.push("status", `succeeded in ${Math.round(outcome.elapsed_ms)} ms${on}`);
    return { outcome: "succeeded", reason: "done", side: null, result };
  } catch (thrown) {
    const finish = finishOf(thrown);
    if (finish === undefined) throw thrown;
    log.push("status", messageOf(thrown));
    return finish;
  } finally {
    await log.close();
  }
}

async function runFetched(
  fetched: FetchedJob & { resume: Uint8Array<ArrayBuffer> | null },
  assignment: Assignment,
  options: RunnerOptions,
  log: JobLog,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { bundle, payloads, inputs, resume } = fetched;
  const job = {
    program: programOf(bundle),
    limits: assignment.limits,
    payloads,
    inputs,
    outputs: bundle.outputs,
    metrics: bundle.metrics ?? [],
    resume,
  };
  const { client, clock } = options;
  const keeper = new CheckpointKeeper(assignment, { client, clock, log, signal });
  try {
    return await runJailed(job, {
      signal,
      unjailed: options.unjailed,
      onLog: (line) => log.push("log", line),
      onProgress: (done, total, metrics) => {
        if (metrics !== undefined) log.metric(done / total, metrics);
        else log.push("progress", progressText(done, total));
      },
      onCheckpoint: (bytes) => keeper.take(bytes),
    });
  } finally {
    await keeper.close();
  }
}

/** Whole passes are counted; a share is given in percent. */
function progressText(done: number, total: number): string {
  return total === 1 ? `${Math.floor(done * 100)}/100` : `${done}/${total}`;
}

/** Uploads the outputs, then the manifest that names them; gives the manifest's hash. */
async function storeResult(
  client: Client,
  outcome: JobOutcome,
  signal: AbortSignal,
): Promise<string> {
  const outputs: JobResult["outputs"] = {};
  for (const { name, bytes } of outcome.outputs) {
    const { sha256, size_bytes } = await untilReached(() => client.blobs.putBytes(bytes), signal);
    outputs[name] = { sha256, size_bytes };
  }
  const salt = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const result: JobResult = {
    salt,
    outputs,
    elapsed_ms: Math.round(outcome.elapsed_ms),
    ...(outcome.execution === undefined ? {} : { execution: outcome.execution }),
  };
  const { sha256 } = await untilReached(
    () => client.blobs.putBytes(canonicalBytes(result)),
    signal,
  );
  return sha256;
}

function failed(reason: string, side: Finish["side"]): Finish {
  return { outcome: "failed", reason, side, result: null };
}

/** What the registry is told of an error on the way; undefined where it is none of the job's. */
function finishOf(thrown: unknown): Finish | undefined {
  if (!(thrown instanceof HorizonError)) return failed("provider_error", "provider");
  switch (thrown.code) {
    case "invalid_job":
      return failed(thrown.code, "renter");
    case "jail_unavailable":
      return failed(thrown.code, "provider");
    case "blob_mismatch":
    case "blob_not_found":
    case "blob_quota":
    case "too_large":
      return failed(thrown.code, "network");
    default:
      return undefined;
  }
}
