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
  gpu: { arrival: unknown; verdict: Verdict | null; expired: boolean },
  settings: Pick<Settings, "allow_software">,
): GpuView["status"] {
  if (gpu.arrival !== null) return "moving";
  if (gpu.verdict === null) return "unproven";
  if (!isListed(gpu.verdict, settings)) return "refused";
  return gpu.expired ? "expired" : "listed";
}

/** When the badge of a GPU expires; null for one that isn't listed, or is so for good. */
export function badgeEndsAt(
  { status, proven_at }: { status: GpuView["status"]; proven_at: number | null },
  { badge_life_ms }: Pick<Settings, "badge_life_ms">,
): number | null {
  if (status !== "listed" || proven_at === null || badge_life_ms === undefined) return null;
  return proven_at + badge_life_ms;
}
