import { HorizonError } from "../base/errors.ts";
import type { ProviderOptions } from "./daemon.ts";
import { untilReached } from "./retry.ts";

/**
 * Those of a provider's GPUs that are at home at its registry, by the owner's own record; one that has
 * no record yet gets it. Throws `gpu_moved` if none is, `homes_corrupt`, and what the registry refuses.
 */
export async function admittedGpus(
  { gpus, homes, client, log }: ProviderOptions,
  signal: AbortSignal,
): Promise<string[]> {
  if (homes === null) return [...gpus];
  const admitted: string[] = [];
  const reasons: string[] = [];
  for (const gpu_id of gpus) {
    const view = await untilReached(() => client.gpu(gpu_id), signal);
    // The signer of its receipts is what it is, whatever it calls itself.
    await homes.adopt({ ...view, home: client.node_id });
    const reason = await homes.refusal(client.node_id, view);
    if (reason === null) admitted.push(gpu_id);
    else {
      reasons.push(reason);
      const message = `not provided here: ${reason}`;
      log({ level: "error", event: "gpu_elsewhere", message, gpu_id });
    }
  }
  if (admitted.length > 0) return admitted;
  throw new HorizonError("gpu_moved", `Nothing is provided here: ${reasons.join("; ")}.`, {
    fix: "Run it at their home: horizon config --set registry <url>",
  });
}
