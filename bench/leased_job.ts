import { sha256Hex } from "../src/base/hash.ts";
import { canonicalBytes } from "../src/base/json.ts";
import type { Client } from "../src/client/client.ts";
import {
  type JobBundle,
  JobLimits,
  JobRetry,
  type NamedBlob,
  WgslPayload,
} from "../src/protocol/job.ts";
import { JobId } from "../src/protocol/text.ts";
import { gpuBody, judgeBody } from "./registry_seed.ts";

const GPU_CLASS = "RTX 3090";
const PRICE_MICROS_PER_HOUR = 300_000;

/** Lists a GPU by the registry's own word, and says that it is online. */
export async function offer(owner: Client, node: Client, gpu_id: string): Promise<void> {
  await owner.submit("gpu.register", gpuBody(gpu_id, PRICE_MICROS_PER_HOUR, GPU_CLASS));
  await node.submit("gpu.judge", judgeBody(gpu_id, GPU_CLASS));
  await owner.poll({ gpus: [gpu_id], jobs: [], wait_ms: 0 });
}

export async function rent(renter: Client, gpu_id: string): Promise<void> {
  await renter.submit("lease.rent", {
    gpu_id,
    duration_s: 3600,
    max_price_micros_per_hour: PRICE_MICROS_PER_HOUR,
    expected: { verdict: "verified", class: GPU_CLASS },
  });
}

/** Submits a job, of whose inputs the blobs are there, to a GPU that is rented; its id. */
export async function submitJob(
  renter: Client,
  gpu_id: string,
  inputs: Record<string, NamedBlob> = {},
): Promise<string> {
  const bundle: JobBundle = {
    salt: sha256Hex(new Uint8Array(1)),
    name: "bench",
    kind: "wgsl",
    wgsl: WgslPayload.parse({
      shader: "@compute @workgroup_size(1) fn main() {}",
      bindings: [{ binding: 0, size_bytes: 4 }],
      dispatch: [1, 1, 1],
    }),
    inputs,
    outputs: [],
  };
  const { sha256 } = await renter.blobs.putBytes(canonicalBytes(bundle));
  const settings = { limits: JobLimits.parse({}), retry: JobRetry.parse({}) };
  const body = { gpu_id, kind: "wgsl" as const, bundle: sha256, ...settings };
  return JobId.parse((await renter.submit("job.submit", body)).data.job_id);
}
