import type { SelfTestResult } from "../../protocol/self_test.ts";

/** What a check found. */
export interface Finding {
  result: SelfTestResult;
  actual: string;
  /** What to do about it. */
  remedy?: string;
}

/** One row of the table of checks. */
export interface Check {
  /** Stable name, snake_case. */
  id: string;
  purpose: string;
  required: string;
  /** What to do where it throws or takes too long and the error doesn't say. */
  remedy: string;
  timeout_ms: number;
  /** Looks. The signal aborts when its time is up; what it throws becomes a `fail`. */
  run(signal: AbortSignal): Promise<Finding>;
}

/** As it should be. */
export function pass(actual: string): Finding {
  return { result: "pass", actual };
}

/** It works, within a limit. */
export function warn(actual: string, remedy: string): Finding {
  return { result: "warn", actual, remedy };
}

/** It doesn't work. */
export function fail(actual: string, remedy: string): Finding {
  return { result: "fail", actual, remedy };
}

/** It could not be asked here. */
export function skip(actual: string, remedy?: string): Finding {
  return remedy === undefined ? { result: "skip", actual } : { result: "skip", actual, remedy };
}
