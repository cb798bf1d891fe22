import * as z from "zod";
import { JobName } from "./job.ts";
import { LIMITS } from "./limits.ts";

/** The share of the work that is done, in a metric line; no metric may have its name. */
const DONE = "done";

/** What a job reported at one time. */
export interface MetricPoint {
  /** The share of the work that is done, 0 to 1. */
  done: number;
  /** By name; finite. */
  values: ReadonlyMap<string, number>;
}

const MetricText = z.record(JobName, z.number())
  .refine(({ [DONE]: done = NaN, ...values }) => {
    return done >= 0 && done <= 1 && Object.keys(values).length <= LIMITS.job_metrics;
  });

/** The text of a metric line of a job's log: `{"done":0.5,"loss":0.1}`. */
export function metricText(done: number, values: Readonly<Record<string, number>>): string {
  return JSON.stringify({ ...values, [DONE]: done });
}

/** What a metric line says; null for a text that is none, since its provider wrote it. */
export function readMetric(text: string): MetricPoint | null {
  const parsed = MetricText.safeParse(parse(text));
  if (!parsed.success) return null;
  const { [DONE]: done = 0, ...values } = parsed.data;
  return { done, values: new Map(Object.entries(values)) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
