import type { Verdict } from "../protocol/gpu.ts";
import type { Settings } from "../protocol/intent.ts";

/** Whether a registry with these settings lists a GPU of that verdict. */
export function isListed(
  verdict: Verdict,
  settings: Pick<Settings, "allow_software">,
): boolean {
  return verdict.verdict === "verified" ||
    (verdict.verdict === "software" && settings.allow_software);
}
