import { HorizonError } from "../base/errors.ts";
import { examineParts, type JailPart, missingParts } from "../runtime/jail_support.ts";
import { type JailList, jailList } from "../runtime/jail_list.ts";
import { failedFor, type JobOutcome } from "./jail_outcome.ts";
import { type JailedJob, Run, type RunOptions } from "./jail_run.ts";
import { ownProgram } from "./jail_program.ts";
import { findDelegation } from "./job_cgroup.ts";

export { formatJailList as formatJailContents } from "../runtime/jail_list.ts";
export type { JobOutcome, JobOutput } from "./jail_outcome.ts";
export type { JailedJob, RunOptions } from "./jail_run.ts";

/** Whether this machine's jail is complete, and what it lacks. */
export function jailSupport(): { complete: boolean; missing: string[] } {
  const missing = missingParts();
  return { complete: missing.length === 0, missing };
}

/** What the jail is made of, part by part, as this machine has it. */
export function jailParts(): JailPart[] {
  return [...examineParts(), cgroupPart()];
}

/** Nothing is missing without one: the limits of the process hold, and no promise was made. */
function cgroupPart(): JailPart {
  const { actual } = findDelegation();
  return { name: "cgroup", required: "a delegated cgroup v2, if any", actual, missing: null };
}

/** All that a job may have of this machine, each entry with its reason. */
export function jailContents(): JailList {
  const program = ownProgram();
  return jailList(program.executable, program.read);
}

/**
 * Runs a job in a jailed child of this process and sees it ended, by this clock and by SIGKILL if
 * need be. Never throws for what the job does: the outcome says how it ended and whose fault it was.
 * Must be called on the main thread, since the child dies with the thread that spawned it.
 */
export async function runJailed(
  job: JailedJob,
  options: RunOptions = {},
  support = jailSupport(),
): Promise<JobOutcome> {
  const { complete, missing } = support;
  if (!complete && !mayRunUnjailed(job, options)) return refused(missing);
  try {
    return await new Run(job, options, complete).outcome();
  } catch (error) {
    if (error instanceof HorizonError && error.code === "jail_unavailable") {
      return refused([error.message]);
    }
    throw error;
  }
}

/** Without a jail a renter's code never runs, and the rest only if the owner consents. */
function mayRunUnjailed(job: JailedJob, options: RunOptions): boolean {
  return options.unjailed === true && job.program.kind !== "module";
}

function refused(missing: readonly string[]): JobOutcome {
  const why = `This machine has no complete jail: ${missing.join("; ")}`;
  const ending = failedFor("jail_unavailable", why);
  return { ...ending, outputs: [], elapsed_ms: 0, stderr_tail: "" };
}
