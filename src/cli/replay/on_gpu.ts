import { HorizonError } from "../../base/errors.ts";
import { type BundledProgram, JobRetry } from "../../protocol/job.ts";
import type { Connection } from "../connect.ts";
import type { Context } from "../context.ts";
import { submitJob } from "../../client/submit_job.ts";
import { waitForJob } from "../job_wait.ts";
import type { Original } from "./original.ts";
import type { Replay } from "./replay.ts";

/**
 * Runs a job again as a job of the caller's on a GPU that they lease: the same program and inputs, by
 * the same hashes. Throws `replay_failed` if that fails.
 */
export async function replayOnGpu(
  ctx: Context,
  connection: Connection,
  original: Original,
  gpu_id: string,
): Promise<Replay> {
  const { client, suffix } = connection;
  const { bundle, payloads, inputs, job } = original;
  // The registry takes what a job names from its renter alone, who here may be the provider.
  for (const bytes of [...payloads.values(), ...inputs.values()]) {
    await client.blobs.putBytes(bytes);
  }
  const again = {
    ...programOf(original),
    name: bundle.name,
    outputs: bundle.outputs,
    metrics: bundle.metrics ?? [],
    limits: job.limits,
    retry: JobRetry.parse({}),
  };
  const job_id = await submitJob(client, gpu_id, again, bundle.inputs);
  ctx.out.note(`${job_id}${suffix} runs it again on ${gpu_id}${suffix}.`);
  const folder = await Deno.makeTempDir({ prefix: "horizon-replay-" });
  try {
    const finished = await waitForJob(ctx, connection, gpu_id, job_id, folder);
    if (finished.job.state !== "succeeded") {
      const { state, reason } = finished.job;
      throw new HorizonError("replay_failed", `The replay, ${job_id}, ${state}: ${reason}.`);
    }
    const outputs = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const { name, path } of finished.outputs) outputs.set(name, await Deno.readFile(path));
    const { adapter } = await client.gpu(gpu_id);
    const { device, description } = adapter;
    return { on: "gpu", gpu_id, job_id, adapter: description || device, outputs };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What ran; a model where it ran, since elsewhere it rounds otherwise. */
function programOf({ bundle, result }: Original): BundledProgram {
  switch (bundle.kind) {
    case "wgsl":
      return { kind: bundle.kind, wgsl: bundle.wgsl };
    case "onnx": {
      const execution = result.execution ?? bundle.onnx.execution;
      return { kind: bundle.kind, onnx: { ...bundle.onnx, execution } };
    }
    case "module":
      return { kind: bundle.kind, module: bundle.module, args: bundle.args, env: bundle.env };
  }
}
