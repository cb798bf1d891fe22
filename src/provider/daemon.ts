import { HorizonError, messageOf } from "../base/errors.ts";
import type { PollAnswer } from "../protocol/api.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { OnProviderEvent } from "./events.ts";
import { Lanes } from "./lanes.ts";
import { Backoff, isTransient, pause } from "./retry.ts";
import type { RunnerOptions } from "./runner.ts";

export interface ProviderOptions extends RunnerOptions {
  /** The GPUs to keep online and run jobs on; all are the client's own. */
  gpus: readonly string[];
  log: OnProviderEvent;
}

/** Jobs that one poll may name; beyond it the daemon claims no more. */
const MAX_JOBS = 256;

/**
 * Keeps GPUs online and runs their jobs, one at a time on each, until the signal is aborted: then it
 * stops the jobs under way, reports them and returns. Waits out a registry that is away. Throws when
 * the registry refuses the daemon itself, or when none of the GPUs is left.
 */
export async function runProvider(options: ProviderOptions, signal: AbortSignal): Promise<void> {
  const { client, log } = options;
  const lanes = new Lanes(options);
  const backoff = new Backoff();
  let gpus = [...options.gpus];
  let away = false;
  log({ level: "info", event: "online", message: `online with ${gpus.join(", ")}` });
  try {
    while (!signal.aborted) {
      try {
        const answer = await client.poll(pollRequest(gpus, lanes), signal);
        if (away) log({ level: "info", event: "registry_back", message: "the registry is back" });
        away = false;
        backoff.reset();
        await follow(answer, lanes, signal);
      } catch (thrown) {
        if (signal.aborted) break;
        if (thrown instanceof HorizonError && thrown.code === "gpu_not_found") {
          gpus = await remaining(gpus, options);
          continue;
        }
        if (!isTransient(thrown)) throw thrown;
        const message = `the registry is away: ${messageOf(thrown)}`;
        if (!away) log({ level: "warn", event: "registry_away", message });
        away = true;
        await pause(backoff.next(), signal);
      }
    }
  } finally {
    await lanes.stop();
  }
}

function pollRequest(gpus: string[], lanes: Lanes) {
  return { gpus, jobs: lanes.jobs().slice(0, MAX_JOBS), wait_ms: LIMITS.poll_wait_ms };
}

/** Stops what is no longer ours, and claims what is queued. */
async function follow(answer: PollAnswer, lanes: Lanes, signal: AbortSignal): Promise<void> {
  for (const job_id of answer.stop) lanes.drop(job_id);
  const room = MAX_JOBS - lanes.jobs().length;
  const wanted = answer.assignments.slice(0, room);
  for (const assignment of wanted) await lanes.claim(assignment, signal);
  // What can't be claimed now comes again at once with the next poll.
  if (wanted.length < answer.assignments.length) await pause(LIMITS.poll_wait_ms, signal);
}

/** Those of the GPUs that are still registered. Throws `gpu_not_found` if none is. */
async function remaining(gpus: string[], options: ProviderOptions): Promise<string[]> {
  const { client, log } = options;
  const left: string[] = [];
  for (const gpu_id of gpus) {
    try {
      await client.gpu(gpu_id);
      left.push(gpu_id);
    } catch (thrown) {
      if (!(thrown instanceof HorizonError) || thrown.code !== "gpu_not_found") throw thrown;
      const message = `${gpu_id} is no longer registered`;
      log({ level: "warn", event: "gpu_gone", message, gpu_id });
    }
  }
  if (left.length > 0) return left;
  throw new HorizonError("gpu_not_found", "None of this provider's GPUs is registered any more.");
}
