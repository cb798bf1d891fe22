import { HorizonError, messageOf } from "../../base/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { SelfTestRow } from "../../protocol/self_test.ts";
import { printable } from "../../base/printable.ts";
import { type Check, fail, type Finding } from "./check.ts";

/** How to run checks, and whom to tell. */
export interface RunOptions {
  /** The person interrupts: no further check begins. */
  signal: AbortSignal;
  onCheck?: (check: Check) => void;
}

/**
 * Runs checks one after another, each within its time, and calls back with each row as it comes.
 * Nothing that a check throws gets out: it is that check's `fail`. Throws `interrupted` alone.
 */
export async function runChecks(
  checks: readonly Check[],
  options: RunOptions,
  onRow: (row: SelfTestRow) => void,
): Promise<void> {
  for (const check of checks) {
    if (options.signal.aborted) throw new HorizonError("interrupted", "Interrupted.");
    options.onCheck?.(check);
    onRow(rowOf(check, await find(check, options.signal)));
  }
}

/** What a check finds, in time or not. */
async function find(check: Check, interrupt: AbortSignal): Promise<Finding> {
  const time = new AbortController();
  const late = Promise.withResolvers<Finding>();
  const timer = setTimeout(() => {
    time.abort();
    late.resolve(fail(`no end within ${check.timeout_ms / 1000} s`, check.remedy));
  }, check.timeout_ms);
  const stop = () => {
    time.abort();
    late.resolve(fail("interrupted", check.remedy));
  };
  interrupt.addEventListener("abort", stop, { once: true });
  try {
    // The signal ends what listens to it; what doesn't is left behind.
    return await Promise.race([attempt(check, time.signal), late.promise]);
  } finally {
    clearTimeout(timer);
    interrupt.removeEventListener("abort", stop);
  }
}

async function attempt(check: Check, signal: AbortSignal): Promise<Finding> {
  try {
    return await check.run(signal);
  } catch (thrown) {
    const fix = thrown instanceof HorizonError ? thrown.fix : undefined;
    return fail(messageOf(thrown), fix ?? check.remedy);
  }
}

function rowOf({ id, purpose, required }: Check, { result, actual, remedy }: Finding): SelfTestRow {
  return {
    id,
    purpose,
    required,
    actual: oneLine(actual),
    remedy: remedy === undefined || result === "pass" ? null : oneLine(remedy),
    result,
  };
}

/** One bounded line of printable text: a driver's or a server's words may be anything. */
function oneLine(text: string): string {
  const line = printable(text).replace(/\s+/g, " ").trim();
  return line === "" ? "nothing" : line.slice(0, LIMITS.text_chars);
}
