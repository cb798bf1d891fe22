import type { Reputation } from "../protocol/reputation.ts";

/** What a reputation is counted from; all are integers that only grow. */
export interface Counters {
  jobs_succeeded: number;
  jobs_failed_provider: number;
  jobs_failed_renter: number;
  jobs_failed_network: number;
  leases_broken: number;
  proofs_passed: number;
  proofs_failed: number;
  /** On offer: listed, or expired. */
  listed_ms: number;
  /** Listed and online. */
  uptime_ms: number;
}

/** With fewer jobs, broken leases and proofs in all, a GPU or an owner is new. */
export const NEW_BELOW_TRIALS = 10;
/** The two-sided 95 % quantile of the normal distribution. */
const Z = 1.96;
const HOUR_MS = 3_600_000;
const STEPS = 1_000;

/** The counters of one of whom nothing is known. */
export function noCounters(): Counters {
  return {
    jobs_succeeded: 0,
    jobs_failed_provider: 0,
    jobs_failed_renter: 0,
    jobs_failed_network: 0,
    leases_broken: 0,
    proofs_passed: 0,
    proofs_failed: 0,
    listed_ms: 0,
    uptime_ms: 0,
  };
}

/**
 * What the counters come to. The score is the Wilson lower bound (`wilsonLowerBound`) of pooled trials:
 *
 * - work: a job that succeeded is a good trial; one that failed by the provider's fault, and a lease
 *   that the provider broke, is a bad one. What the renter or the network is to blame for is none.
 * - proofs: each failed one is a bad trial, a passed one a good one; but of the passed ones no more
 *   count than hours on offer and one, since an owner can have himself proven as often as he likes.
 * - uptime: each whole hour on offer is a trial, of which the share `uptime_ms / listed_ms` is good.
 *
 * Standing idle is easy, so passed proofs and hours count at most as many times each as there are
 * trials of work, or `NEW_BELOW_TRIALS` times if that is more: no number of them outweighs bad work.
 * The score is rounded down to thousandths.
 */
export function reputation(counters: Counters): Reputation {
  const { leases_broken, proofs_passed, proofs_failed, listed_ms, uptime_ms } = counters;
  const work = counters.jobs_succeeded + counters.jobs_failed_provider + leases_broken;
  const is_new = work + passedThatCount(counters) + proofs_failed < NEW_BELOW_TRIALS;
  return {
    score: is_new ? null : scoreOf(counters, work),
    is_new,
    jobs: {
      succeeded: counters.jobs_succeeded,
      failed_provider: counters.jobs_failed_provider,
      failed_renter: counters.jobs_failed_renter,
      failed_network: counters.jobs_failed_network,
    },
    leases_broken,
    proofs: { passed: proofs_passed, failed: proofs_failed },
    listed_ms,
    uptime_ms,
  };
}

/** Whole hours on offer. */
function hoursOf({ listed_ms }: Counters): number {
  return Math.floor(listed_ms / HOUR_MS);
}

function passedThatCount(counters: Counters): number {
  return Math.min(counters.proofs_passed, 1 + hoursOf(counters));
}

function scoreOf(counters: Counters, work: number): number {
  const cap = Math.max(NEW_BELOW_TRIALS, work);
  const passed = Math.min(passedThatCount(counters), cap);
  const hours = Math.min(hoursOf(counters), cap);
  const up = hours === 0 ? 0 : hours * counters.uptime_ms / counters.listed_ms;
  const good = counters.jobs_succeeded + passed + up;
  const trials = work + passed + counters.proofs_failed + hours;
  return Math.floor(wilsonLowerBound(good, trials) * STEPS) / STEPS;
}

/**
 * The lower end of the Wilson score interval of a share of `good` in `trials` ≥ 1, at z = 1.96:
 *
 *     (p + z²/2n − z · √(p(1 − p)/n + z²/4n²)) / (1 + z²/n),  p = good/n
 *
 * (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
 * American Statistical Association 22, 1927.) Only operations that IEEE 754 rounds in one way, so that
 * every replica gets the same number.
 */
export function wilsonLowerBound(good: number, trials: number): number {
  const p = good / trials;
  const z2 = Z * Z;
  const spread = Z * Math.sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials));
  const bound = (p + z2 / (2 * trials) - spread) / (1 + z2 / trials);
  return Math.min(1, Math.max(0, bound));
}
