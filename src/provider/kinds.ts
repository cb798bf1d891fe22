import type { Client } from "../client/client.ts";
import { JOB_KINDS, type JobKind } from "../protocol/job.ts";
import { jailSupport } from "./jail.ts";

/** Kinds that run code of the renter's on the CPU: none outside of a complete jail. */
const JAILED_ONLY: ReadonlySet<string> = new Set(["module"]);

/** The kinds of jobs that this machine can run harmlessly. */
export function safeKinds(): JobKind[] {
  const { complete } = jailSupport();
  return JOB_KINDS.filter((kind) => complete || !JAILED_ONLY.has(kind));
}

/** Says at the registry which kinds a GPU takes, where it has it otherwise. */
export async function offerKinds(
  client: Client,
  gpu_id: string,
  kinds: readonly JobKind[],
): Promise<void> {
  const { kinds: offered } = await client.gpu(gpu_id);
  // A registry of an older version knows no kinds.
  if (offered === undefined || isSame(offered, kinds)) return;
  await client.submit("gpu.offer", { gpu_id, kinds: [...kinds] });
}

function isSame(some: readonly JobKind[], others: readonly JobKind[]): boolean {
  return some.length === others.length && some.every((kind) => others.includes(kind));
}
