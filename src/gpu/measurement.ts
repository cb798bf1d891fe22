import type { Workload } from "./workloads.ts";

/** The middle and the spread of repetitions: integers, since a listing is signed. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
}

/** How a workload is measured. */
export interface MeasurementPlan {
  /** How long a repetition should take. */
  readonly target_ms: number;
  /** What a submission takes that does nothing; it is taken off each repetition. */
  readonly latency_ms: number;
  readonly clock_ms: () => number;
}

/** Repetitions that count. */
export const REPETITIONS = 7;
/** Runs that a workload takes beside them: the warm-up and the search for a length, about. */
export const EXTRA_RUNS = 3;
/** Most by which the search lengthens a workload at a time: the first runs measure overhead. */
const MAX_GROWTH = 32;
/** Least net time of a repetition: below this the clock says nothing. */
const MIN_NET_MS = 0.05;

/** Work a second, for each repetition: a warm-up, a search for the length, then the repetitions. */
export async function measureRates(workload: Workload, plan: MeasurementPlan): Promise<number[]> {
  const { amount } = await findLength(workload, plan);
  const rates: number[] = [];
  for (let i = 0; i < REPETITIONS; i++) {
    rates.push(workload.work_per_unit * amount / (await netTime(workload, amount, plan) / 1000));
  }
  return rates;
}

/** Work a second, well enough to compare two workloads: the better of two runs. */
export async function measureRoughly(workload: Workload, plan: MeasurementPlan): Promise<number> {
  const { amount, net_ms } = await findLength(workload, plan);
  const best_ms = Math.min(net_ms, await netTime(workload, amount, plan));
  return workload.work_per_unit * amount / (best_ms / 1000);
}

/** After a warm-up, an amount that takes about the wanted time, and the time that it took. */
async function findLength(
  workload: Workload,
  plan: MeasurementPlan,
): Promise<{ amount: number; net_ms: number }> {
  await workload.run(1);
  let amount = 1;
  let net_ms = await netTime(workload, amount, plan);
  while (net_ms < plan.target_ms / 2 && amount < workload.max_amount) {
    const growth = Math.min(MAX_GROWTH, plan.target_ms / net_ms);
    amount = Math.min(workload.max_amount, Math.ceil(amount * growth));
    net_ms = await netTime(workload, amount, plan);
  }
  return { amount, net_ms };
}

/** Milliseconds of an amount, less what a submission takes that does nothing. */
async function netTime(
  workload: Workload,
  amount: number,
  { latency_ms, clock_ms }: MeasurementPlan,
): Promise<number> {
  const start_ms = clock_ms();
  await workload.run(amount);
  return Math.max(MIN_NET_MS, clock_ms() - start_ms - latency_ms);
}

/** The spread of some numbers, rounded. */
export function spreadOf(values: readonly number[]): Spread {
  const at = (q: number) => Math.round(quantile(values, q));
  return { median: at(0.5), p10: at(0.1), p90: at(0.9) };
}

/** The q-quantile, interpolated between neighbours. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError("no values");
  return below + (above - below) * (position - Math.floor(position));
}
