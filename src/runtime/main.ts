import { messageOf } from "../base/errors.ts";
import { reportFailure, reportStage } from "./channel.ts";
import { closeDoors } from "./doors.ts";
import { enterJail } from "./jail.ts";
import { parseJailConfig } from "./jail_config.ts";
import { runReceivedJob } from "./job.ts";

/** Exit code of a stage that failed; its reason went ahead on stdout. */
const STAGE_FAILED = 70;

/**
 * `horizon __jail <configuration>`: confines this process and executes the configured command in
 * it. Fails closed: whatever goes wrong, the process ends with `jail_unavailable` on stdout.
 */
export function runJail(args: readonly string[]): never {
  try {
    reportStage("jail_started");
    return enterJail(parseJailConfig(args[0]), () => reportStage("jailed"));
  } catch (error) {
    reportFailure("jail_unavailable", messageOf(error));
    Deno.exit(STAGE_FAILED);
  }
}

/**
 * `horizon __job jailed | unjailed`: runs the one job that stdin brings, then ends the process. Out
 * of the jail only a parent that says so gets one.
 */
export async function runJob(args = Deno.args.slice(1)): Promise<never> {
  reportStage("job_started");
  try {
    closeDoors();
  } catch (error) {
    reportFailure("jail_unavailable", messageOf(error));
    Deno.exit(STAGE_FAILED);
  }
  await runReceivedJob(args[0] !== "unjailed");
  Deno.exit(0);
}
