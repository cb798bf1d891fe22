import type { Federation } from "../federation/federation.ts";
import { gpuView } from "../market/market.ts";
import type { GpuIndex } from "./gpu_index.ts";

/** Lists GPUs of another home as its replica has them now; null: all of them. None of a liar's. */
export function listForeign(
  gpus: GpuIndex,
  federation: Federation | undefined,
  home: string,
  gpu_ids: ReadonlySet<string> | null,
): void {
  const link = federation?.link(home);
  const state = link?.status.trust === "checked" ? link.holder.replica.state : null;
  if (state === null) return gpus.rebuildHome(home, []);
  if (gpu_ids === null) {
    return gpus.rebuildHome(home, state.gpus.values().map((gpu) => gpuView(state, gpu)));
  }
  for (const gpu_id of gpu_ids) {
    const gpu = state.gpus.get(gpu_id);
    gpus.setAtHome(home, gpu_id, gpu === undefined ? null : gpuView(state, gpu));
  }
}
