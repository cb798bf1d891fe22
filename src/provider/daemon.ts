import { HorizonError, messageOf } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { Assignment, PollAnswer } from "../protocol/api.ts";
import type { Judged } from "../protocol/challenge.ts";
import type { JobKind } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { OnProviderEvent } from "./events.ts";
import { admittedGpus } from "./admission.ts";
import type { Homes } from "./homes.ts";
import { offerKinds } from "./kinds.ts";
import { Lanes } from "./lanes.ts";
import { Proofs } from "./proofs.ts";
import type { OnStep } from "./prove.ts";
import { Backoff, isTransient, pause, untilReached } from "./retry.ts";
import type { RunnerOptions } from "./runner.ts";

export interface ProviderOptions extends RunnerOptions {
  /** The GPUs to keep online and run jobs on; all are the client's own. */
  gpus: readonly string[];
  /** The owner's record of where they are at home; null on an own embedded registry. */
  homes: Homes | null;
  /** The kinds of jobs to take; absent to leave what the registry has. */
  kinds?: readonly JobKind[];
  log: OnProviderEvent;
  /** Proves a GPU by one challenge; without it, this machine's adapter does. */
  prove?: (client: Client, gpu_id: string, onStep: OnStep) => Promise<Judged>;
}

/** What a daemon has under way. */
interface Work {
  lanes: Lanes;
  proofs: Proofs;
}

/** What a registry says of a GPU that it no longer has. */
const GONE: ReadonlySet<string> = new Set(["gpu_not_found", "gpu_moved"]);
/** Between two polls while all that is queued waits for a busy GPU. */
const BUSY_WAIT_MS = 1_000;
/** How long the farewell to the registry may take. */
const FAREWELL_MS = 5_000;
/** How long a stopping daemon waits for a proof under way, which would fail if it were broken off. */
const PROOF_WAIT_MS = 30_000;

/**
 * Keeps GPUs online and runs their jobs, one at a time on each, until the signal is aborted: then it
 * ends the jobs under way, gives them back and returns. Waits out a registry that is away. Throws
 * when the registry refuses the daemon itself, when none of the GPUs is left or at home there, or when
 * the record of their homes can't be trusted (`homes_corrupt`).
 */
export async function runProvider(options: ProviderOptions, signal: AbortSignal): Promise<void> {
  const lanes = new Lanes(options);
  const proofs = new Proofs(options);
  let gpus = [...options.gpus];
  try {
    gpus = await admittedGpus(options, signal);
    await offer(gpus, options, signal);
    await announce(gpus, options, signal);
    while (!signal.aborted) gpus = await pollOn(gpus, { lanes, proofs }, options, signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    options.log({ level: "info", event: "stopping", message: "stopping" });
    const broken = await lanes.stop();
    if (broken.length > 0) await giveBack(gpus, options);
    await proofs.finish(PROOF_WAIT_MS);
  }
}

/** Says which jobs the GPUs take, before any may come. */
async function offer(
  gpus: string[],
  { client, kinds }: ProviderOptions,
  signal: AbortSignal,
): Promise<void> {
  if (kinds === undefined) return;
  for (const gpu_id of gpus) await untilReached(() => offerKinds(client, gpu_id, kinds), signal);
}

/** Tells the registry that the GPUs are here, by a first poll that waits for nothing. */
async function announce(
  gpus: string[],
  { client, log }: ProviderOptions,
  signal: AbortSignal,
): Promise<void> {
  const request = { gpus, jobs: [], wait_ms: 0 };
  await untilReached(() => client.poll(request, signal), signal);
  log({ level: "info", event: "online", message: `online with ${gpus.join(", ")}` });
}

/** Polls until the signal aborts, or until a GPU is gone: then gives those that are left. */
async function pollOn(
  gpus: string[],
  work: Work,
  options: ProviderOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const { client, log } = options;
  const backoff = new Backoff();
  let away = false;
  while (!signal.aborted) {
    const request = { gpus, jobs: work.lanes.jobs(), wait_ms: LIMITS.poll_wait_ms };
    try {
      const answer = await client.poll(request, signal);
      if (away) log({ level: "info", event: "registry_back", message: "the registry is back" });
      away = false;
      backoff.reset();
      await follow(answer, work, options, signal);
    } catch (thrown) {
      if (isGone(thrown)) return await remaining(gpus, options);
      if (!isTransient(thrown)) throw thrown;
      const message = `the registry is away: ${messageOf(thrown)}`;
      if (!away) log({ level: "warn", event: "registry_away", message });
      away = true;
      await pause(backoff.next(), signal);
    }
  }
  return gpus;
}

/** Stops what is no longer ours; then each free GPU is proven, or starts its oldest queued job. */
async function follow(
  answer: PollAnswer,
  { lanes, proofs }: Work,
  options: ProviderOptions,
  signal: AbortSignal,
): Promise<void> {
  for (const job_id of answer.stop) await lanes.drop(job_id);
  const isFree = (gpu_id: string) => lanes.isFree(gpu_id) && !proofs.isProving(gpu_id);
  for (const wanted of answer.challenges) if (isFree(wanted.gpu_id)) proofs.start(wanted);
  let idle = answer.assignments.length > 0 && answer.stop.length === 0;
  for (const assignment of answer.assignments) {
    if (!isFree(assignment.gpu_id) || await isRefused(assignment, options)) continue;
    await lanes.claim(assignment, signal);
    idle = false;
  }
  if (idle) await Promise.race([pause(BUSY_WAIT_MS, signal), lanes.freed(), proofs.freed()]);
}

/**
 * A last poll that names no job: what the daemon broke off is lost at once, and goes to another GPU
 * if its renter has one. Without it the registry would find out by waiting.
 */
async function giveBack(gpus: string[], { client }: ProviderOptions): Promise<void> {
  const request = { gpus, jobs: [], wait_ms: 0 };
  await client.poll(request, AbortSignal.timeout(FAREWELL_MS)).catch(() => {});
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
      if (!isGone(thrown)) throw thrown;
      const message = `${gpu_id} is no longer registered`;
      log({ level: "warn", event: "gpu_gone", message, gpu_id });
    }
  }
  if (left.length > 0) return left;
  throw new HorizonError("gpu_not_found", "None of this provider's GPUs is registered any more.");
}

/** True, and told, where the owner's record says that the registry is not the GPU's home any more. */
async function isRefused(
  assignment: Assignment,
  { client, homes, log }: ProviderOptions,
): Promise<boolean> {
  const reason = homes === null ? null : await homes.refusal(client.node_id, assignment);
  if (reason === null) return false;
  const { gpu_id, job_id } = assignment;
  const message = `${job_id} is not taken: ${reason}`;
  log({ level: "error", event: "job_refused", message, gpu_id, job_id, reason });
  return true;
}

function isGone(thrown: unknown): boolean {
  return thrown instanceof HorizonError && GONE.has(thrown.code);
}
