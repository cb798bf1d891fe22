import { HorizonError, messageOf } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { JobBundle, JobView, WgslJobFile } from "../../protocol/job.ts";
import type { LeaseView } from "../../protocol/lease.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { followJob } from "../../client/follow_job.ts";
import { submitJob } from "../../client/submit_job.ts";
import type { LoadedJob } from "../job_file.ts";
import { endLease, rentBriefly } from "./brief_lease.ts";
import type { Candidate } from "./candidates.ts";
import { measure, type Measurement, type Sample, sampleAim, sampleFrom } from "./measurement.ts";
import { sampleOf } from "./sample_job.ts";

/** Why a GPU has no quote. */
export interface Failure {
  /** A stable code: of an error, or the reason of a job's end. */
  code: string;
  message: string;
}

/** What sampling one GPU came to. */
export interface GpuQuote {
  gpu: Candidate;
  /** The lease, ended; null where none was opened, or its end could not be learned. */
  lease: LeaseView | null;
  outcome: { measured: Measurement } | { failure: Failure };
}

/** What the samples on every GPU have in common. */
export interface Sampling {
  client: Client;
  loaded: LoadedJob<WgslJobFile>;
  /** The job's inputs, as they lie at the registry; sends them first where they don't. */
  inputs: () => Promise<JobBundle["inputs"]>;
  /** How long one sample may run, in seconds. */
  sample_s: number;
  /** How long a GPU is leased at most. */
  lease_s: number;
  /** Ends the samples. */
  signal: AbortSignal;
  onStep: (text: string) => void;
  note: (text: string) => void;
}

/** How much longer than a lease its samples are waited for, where the registry has fallen silent. */
const SILENCE_MS = 30_000;

/**
 * Leases a GPU, samples the job on it, and ends the lease whatever comes. Never throws: what fails is
 * the outcome, so that one GPU can't sink the others.
 */
export async function quoteGpu(gpu: Candidate, sampling: Sampling): Promise<GpuQuote> {
  const { client, lease_s, note, onStep } = sampling;
  let lease_id: string;
  try {
    if (sampling.signal.aborted) throw new HorizonError("interrupted", "Interrupted.");
    onStep(`${gpu.gpu_id}: renting`);
    lease_id = await rentBriefly(client, gpu, lease_s);
  } catch (thrown) {
    return { gpu, lease: null, outcome: { failure: failureOf(thrown) } };
  }
  const silence = AbortSignal.timeout(lease_s * 1000 + SILENCE_MS);
  const signal = AbortSignal.any([sampling.signal, silence]);
  const run = (repeat: number) => runSample(gpu, repeat, { ...sampling, signal });
  const outcome = await measure(run, sampleAim(sampling.sample_s)).then(
    (measured) => ({ measured }),
    (thrown: unknown) => ({ failure: silence.aborted ? silent(lease_s) : failureOf(thrown) }),
  );
  const lease = await endLease(client, lease_id, note);
  return { gpu, lease, outcome };
}

/** Runs one sample to its end; null if it was cut short. Throws why it failed. */
async function runSample(
  { gpu_id }: Candidate,
  repeat: number,
  { client, loaded, inputs, sample_s, signal, onStep }: Sampling,
): Promise<Sample | null> {
  const named = await inputs();
  onStep(`${gpu_id}: a sample of ${repeat} dispatch${repeat === 1 ? "" : "es"}`);
  const input_bytes = new Map(
    Object.entries(named).map(([name, { size_bytes }]) => [name, size_bytes]),
  );
  const sample = sampleOf(loaded.job, input_bytes, repeat, sample_s);
  const job_id = await submitJob(client, gpu_id, sample, named);
  let last = "";
  const job = await followJob(client, job_id, {
    signal,
    onLine: ({ kind, text }) => {
      if (kind === "status") last = text;
    },
  });
  if (job.reason === "time_limit") return null;
  const times = job.state === "succeeded" ? sampleFrom(job, repeat) : null;
  if (times !== null) return times;
  throw sampleFailed(job, last);
}

/** Why a sample failed; `last` is the last that its provider said. */
function sampleFailed({ job_id, state, reason, side }: JobView, last: string): HorizonError {
  if (reason === "lease_ended") {
    return new HorizonError("timeout", `The lease ended before the sample ${job_id} did.`);
  }
  const whose = side === null ? "" : `, on the ${side}'s side`;
  const why = last === "" ? "" : `: ${last}`;
  return new HorizonError(
    reason ?? "job_failed",
    `The sample ${job_id} ${state} (${reason ?? "no reason"}${whose})${why}`,
  );
}

function silent(lease_s: number): Failure {
  return { code: "timeout", message: `The samples did not end within ${lease_s} s.` };
}

function failureOf(thrown: unknown): Failure {
  const code = thrown instanceof HorizonError ? thrown.code : "internal";
  const [line = ""] = messageOf(thrown).split("\n");
  return { code, message: line.slice(0, LIMITS.text_chars) };
}
