import { sha256Hex } from "../../src/base/hash.ts";
import type { Identity } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import {
  JobBundle,
  type JobBundle as Bundle,
  JobLimits,
  JobRetry,
  type NamedBlob,
} from "../../src/protocol/job.ts";
import { accepted, sessionOf, type TestRegistry } from "./harness.ts";

/** Puts a blob as an actor; returns the response. */
export async function putBlob(
  registry: TestRegistry,
  actor: Identity,
  bytes: Uint8Array<ArrayBuffer>,
  sha256 = sha256Hex(bytes),
): Promise<Response> {
  const headers = await sessionOf(registry, actor);
  return await registry.fetch(`/v1/blobs/${sha256}`, { method: "PUT", headers, body: bytes });
}

/** A bundle with one input. */
export function bundleOf(input: Uint8Array, salt = "1".repeat(64)): Bundle {
  return JobBundle.parse({
    salt,
    name: "double",
    kind: "wgsl",
    wgsl: {
      shader: "@compute @workgroup_size(1) fn main() {}",
      bindings: [{ binding: 0, input: "x", output: "y" }],
      dispatch: [1, 1, 1],
    },
    inputs: { x: { sha256: sha256Hex(input), size_bytes: input.length } },
    outputs: ["y"],
  });
}

/** The body of a job's intent. */
export function submitBody(gpu_id: string, bundle: string) {
  const limits = JobLimits.parse({});
  const retry = JobRetry.parse({});
  return { gpu_id, kind: "wgsl" as const, bundle, limits, retry };
}

/** Puts a job's blobs and submits it to a GPU that the renter has leased. */
export async function submitJob(
  registry: TestRegistry,
  renter: Identity,
  gpu_id: string,
): Promise<{ job_id: string; bundle: string; input: string }> {
  const input = new TextEncoder().encode(`input of ${gpu_id}`);
  const bytes = canonicalBytes(bundleOf(input));
  for (const blob of [input, bytes]) await (await putBlob(registry, renter, blob)).body?.cancel();
  const bundle = sha256Hex(bytes);
  const { data } = await accepted(registry, renter, "job.submit", submitBody(gpu_id, bundle));
  return { job_id: String(data.job_id), bundle, input: sha256Hex(input) };
}

/** Runs a queued job, or one that has been started, to its end as its provider would, with these outputs; gives its result's hash. */
export async function succeedJob(
  registry: TestRegistry,
  owner: Identity,
  job_id: string,
  outputs: Record<string, Uint8Array<ArrayBuffer>>,
  { isStarted = false } = {},
): Promise<string> {
  const named: Record<string, NamedBlob> = {};
  for (const [name, bytes] of Object.entries(outputs)) {
    await (await putBlob(registry, owner, bytes)).body?.cancel();
    named[name] = { sha256: sha256Hex(bytes), size_bytes: bytes.length };
  }
  const manifest = canonicalBytes({ salt: "2".repeat(64), outputs: named, elapsed_ms: 1 });
  await (await putBlob(registry, owner, manifest)).body?.cancel();
  const result = sha256Hex(manifest);
  if (!isStarted) {
    await accepted(registry, owner, "job.claim", { job_id });
    await accepted(registry, owner, "job.start", { job_id, attempt: 1 });
  }
  const end = { outcome: "succeeded", reason: "done", side: null, result } as const;
  await accepted(registry, owner, "job.finish", { job_id, attempt: 1, ...end });
  return result;
}
