import { HorizonError } from "../../base/errors.ts";
import type { JobView } from "../../protocol/job.ts";
import { LIMITS } from "../../protocol/limits.ts";

/** One sample that ran to its end, by the registry's clock, in milliseconds. */
export interface Sample {
  /** How often the shader was dispatched. */
  repeat: number;
  /** From the submission to the provider's word that it starts. */
  wait_ms: number;
  /** From that word to the end. */
  run_ms: number;
}

/** What the samples on one GPU come to. */
export interface Measurement {
  /** Time of one dispatch, in nanoseconds. */
  unit_ns: number;
  /** Time that a job takes beside its dispatches: to be fetched, started and handed in. */
  startup_ms: number;
  samples: readonly Sample[];
}

/** Most dispatches of one job. */
const MAX_REPEAT = 1_000_000;
/** By how much a job's start and end differ from one time to the next. */
const NOISE_MS = 100;
/** A sample that was cut short is tried again with a third of its dispatches. */
const CUT = 3;

/** How long samples shall be, all from the bound of one sample. */
export interface SampleAim {
  /** Nothing shorter than this can be told from noise. */
  noise_ms: number;
  /** What more dispatches shall add; half of it is enough. */
  added_ms: number;
}

/** The aim of samples that may run `sample_s` seconds: half of it, so that an estimate may be wrong. */
export function sampleAim(sample_s: number): SampleAim {
  const sample_ms = sample_s * 1000;
  return { noise_ms: Math.min(NOISE_MS, sample_ms / 20), added_ms: sample_ms / 2 };
}

/** A finished sample's times; null if the registry has not seen it start and end. */
export function sampleFrom(job: JobView, repeat: number): Sample | null {
  const { submitted_at, started_at, ended_at } = job;
  if (started_at === null || ended_at === null) return null;
  return { repeat, wait_ms: started_at - submitted_at, run_ms: ended_at - started_at };
}

/**
 * Runs samples, each longer than the last, until one is long enough, and gives what they come to. `run`
 * makes one of so many dispatches, or null if it was cut short. Throws what it throws, and
 * `unmeasurable`.
 */
export async function measure(
  run: (repeat: number) => Promise<Sample | null>,
  aim: SampleAim,
): Promise<Measurement> {
  const samples: Sample[] = [];
  let ceiling = MAX_REPEAT;
  for (let tries = 0; tries < LIMITS.quote_samples; tries++) {
    const repeat = nextRepeat(samples, aim, ceiling);
    if (repeat === null) break;
    const sample = await run(repeat);
    if (sample === null) ceiling = ceilingAfter(repeat);
    else samples.push(sample);
  }
  return measurementOf(samples, aim, ceiling);
}

/**
 * How often the next sample dispatches the shader: once at first, then as often as the samples so far
 * allow without running past the aim, even if all that they took was noise; null when the last one is
 * long enough, or no longer one is possible. `ceiling` is the most that may be tried.
 */
function nextRepeat(
  samples: readonly Sample[],
  aim: SampleAim,
  ceiling: number,
): number | null {
  const base = samples[0], last = samples.at(-1);
  if (base === undefined || last === undefined) return ceiling >= 1 ? 1 : null;
  const added_ms = addedMs(base, last);
  if (added_ms >= aim.added_ms / 2) return null;
  const most_ms_each = last === base
    ? Math.max(base.run_ms, aim.noise_ms)
    : Math.max(added_ms, aim.noise_ms) / (last.repeat - base.repeat);
  const wanted = base.repeat + Math.floor(aim.added_ms / most_ms_each);
  const next = Math.min(ceiling, MAX_REPEAT, Math.max(last.repeat + 1, wanted));
  return next > last.repeat ? next : null;
}

/** The most dispatches to try after a sample of so many was cut short. */
function ceilingAfter(repeat: number): number {
  return Math.max(Math.floor(repeat / CUT), repeat > 2 ? 2 : 0);
}

/**
 * Time of one dispatch: what the longest sample took more than the first, so that the start and the
 * end of a job cancel, over what it dispatched more. Throws `unmeasurable`.
 */
function measurementOf(
  samples: readonly Sample[],
  aim: SampleAim,
  ceiling: number,
): Measurement {
  const base = samples[0], last = samples.at(-1);
  if (base === undefined || last === undefined || last === base) {
    throw new HorizonError("unmeasurable", "Two dispatches take longer than a sample may.", {
      fix: "Allow more time with --sample-seconds.",
    });
  }
  const added_ms = addedMs(base, last);
  if (added_ms < 2 * aim.noise_ms) {
    throw ceiling < MAX_REPEAT
      ? new HorizonError("unmeasurable", "The same dispatches took now short, now too long.", {
        fix: "Try again, or allow more time with --sample-seconds.",
      })
      : new HorizonError(
        "unmeasurable",
        `${last.repeat} dispatches take too little time to be measured.`,
        { fix: "Let each dispatch do more work." },
      );
  }
  const unit_ms = added_ms / (last.repeat - base.repeat);
  return {
    unit_ns: Math.max(1, Math.round(unit_ms * 1e6)),
    startup_ms: Math.max(0, Math.round(base.wait_ms + base.run_ms - base.repeat * unit_ms)),
    samples,
  };
}

/**
 * What a sample took more than the first. The wait counts where it grew, so that a provider can't work
 * first and say afterwards that it starts; where it shrank it is luck.
 */
function addedMs(base: Sample, sample: Sample): number {
  return Math.max(0, sample.run_ms - base.run_ms) + Math.max(0, sample.wait_ms - base.wait_ms);
}
