import type { Context } from "../context.ts";
import type { Check } from "./check.ts";
import { clockChecks } from "./clock_check.ts";
import { diskChecks } from "./disk.ts";
import { driverChecks } from "./driver.ts";
import { isolatedGpuChecks } from "./gpu_child.ts";
import { jailChecks } from "./jail.ts";
import { ownFileChecks } from "./own_files.ts";
import { programChecks } from "./program.ts";
import { registryChecks } from "./registry.ts";

/** Every check of `horizon self-test`, in the order of its report. */
export function allChecks(ctx: Context): Check[] {
  return [
    ...programChecks(),
    ...ownFileChecks(ctx),
    ...diskChecks(ctx),
    ...driverChecks(ctx),
    ...isolatedGpuChecks(),
    ...jailChecks(),
    ...registryChecks(ctx),
    ...clockChecks(ctx),
  ];
}
