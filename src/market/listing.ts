import type { GpuView, Verdict } from "../protocol/gpu.ts";
import type { Settings } from "../protocol/intent.ts";

/** Whether a registry with these settings lists a GPU of that verdict. */
export function isListed(
  verdict: Verdict,
  settings: Pick<Settings, "allow_software">,
): boolean {
  return verdict.verdict === "verified" ||
    (verdict.verdict === "software" && settings.allow_software);
}

/** The status of a GPU by what is known of it. */
export function statusOf(
  gpu: { arrival: unknown; verdict: Verdict | null },
  settings: Pick<Settings, "allow_software">,
): GpuView["status"] {
  if (gpu.arrival !== null) return "moving";
  if (gpu.verdict === null) return "unproven";
  return isListed(gpu.verdict, settings) ? "listed" : "refused";
}
