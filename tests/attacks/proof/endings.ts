import type { GpuView } from "../../../src/protocol/gpu.ts";
import { type Begin, prove } from "./attacker.ts";
import { type RawClient, Refused } from "./raw_client.ts";

/** How long a verdict may take that only the passing of time brings about. */
const PATIENCE_MS = 20_000;

/** How a proof ended, in one line: the GPU's status, its verdict, and the failed step or the class. */
export function ending({ status, verdict }: GpuView): string {
  if (verdict === null) return `${status}: no verdict`;
  return `${status}: ${verdict.verdict} ${verdict.step ?? verdict.class}`;
}

/** The same for a GPU as the registry shows it to anyone. */
export async function endingOf(client: RawClient, gpu_id: string): Promise<string> {
  return ending(await client.gpu(gpu_id));
}

/** Waits until the registry, by the mere passing of time, has a GPU in another status than these. */
export async function leaves(
  client: RawClient,
  gpu_id: string,
  ...statuses: GpuView["status"][]
): Promise<GpuView> {
  const end_ms = performance.now() + PATIENCE_MS;
  while (performance.now() < end_ms) {
    const gpu = await client.gpu(gpu_id);
    if (!statuses.includes(gpu.status)) return gpu;
  }
  throw new Error(`${gpu_id} is still ${statuses.join(" or ")} after ${PATIENCE_MS} ms`);
}

/**
 * Proves by whatever program, and tells how it ended: by its answer, or, if a commitment came too late,
 * by the deadline.
 */
export async function provenEnding(
  client: RawClient,
  gpu_id: string,
  begin: Begin,
): Promise<string> {
  try {
    await prove(client, gpu_id, begin);
    return await endingOf(client, gpu_id);
  } catch (thrown) {
    if (!(thrown instanceof Refused) || thrown.code !== "answer_late") throw thrown;
    return ending(await leaves(client, gpu_id, "unproven", "listed"));
  }
}
