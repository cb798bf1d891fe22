import { gpuChecks } from "./gpu.ts";
import { runChecks } from "./run_checks.ts";

/**
 * `horizon __gpu_probe`: the checks of the GPU, each row a JSON line on stdout as soon as it is
 * known, so that a driver that takes the process with it takes no row that was there.
 */
export async function runGpuProbe(): Promise<void> {
  const { signal } = new AbortController();
  await runChecks(gpuChecks(), { signal }, (row) => console.log(JSON.stringify(row)));
}
