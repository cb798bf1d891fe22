import type { GpuView } from "./gpu.ts";

/** What can be done with a GPU now, in one word. */
export function gpuState(
  gpu: GpuView,
): "free" | "leased" | "auction" | "offline" | "unproven" | "refused" | "expired" | "moving" {
  if (gpu.status !== "listed") return gpu.status;
  if (gpu.lease_id !== null) return "leased";
  if (gpu.auction_id !== null) return "auction";
  return gpu.available ? "free" : "offline";
}
