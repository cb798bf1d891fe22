import type { GpuView } from "../../src/protocol/gpu.ts";
import { gpuBody, newActor } from "./harness.ts";

const OWNER = newActor().id;

/** A GPU as listings show it, with a verified class or none. */
export function gpuView(
  about:
    & Pick<GpuView, "gpu_id" | "gpu_type" | "vram_gb" | "price_micros_per_hour" | "available">
    & {
      class: string | null;
    },
): GpuView {
  const { class: chip, ...shown } = about;
  const { adapter, performance } = gpuBody(about.gpu_id);
  const figures = { gops: 12_000, elapsed_ms: 11, m: 4096, k: 4096, n: 4096 };
  return {
    ...shown,
    owner: OWNER,
    status: "listed",
    verdict: chip === null
      ? null
      : { verdict: "verified", class: chip, reason: "", figures, contradicts: [], step: null },
    online: false,
    lease_id: null,
    auction_id: null,
    adapter,
    performance,
    registered_at: 1,
    proven_at: null,
    home: OWNER,
    home_epoch: 1,
    arrives_at: null,
  };
}
