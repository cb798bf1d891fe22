import { HorizonError } from "../../base/errors.ts";
import type { Original } from "./original.ts";
import type { Replay } from "./replay.ts";

/**
 * Runs a job again on this machine's adapter, jailed as a provider runs it. Throws
 * `jail_unavailable` where the jail isn't complete, `no_adapter`, `replay_failed`, or `interrupted`.
 */
export async function replayHere(original: Original, signal: AbortSignal): Promise<Replay> {
  const [{ runJailed }, { describeAdapter, openAdapter }, { programOf }] = await Promise.all([
    import("../../provider/jail.ts"),
    import("../../gpu/adapter.ts"),
    import("../../provider/program.ts"),
  ]);
  const { bundle, payloads, inputs, job, result } = original;
  const program = programOf(bundle);
  // A model ran where its result says; elsewhere it rounds otherwise.
  if (program.kind === "onnx" && result.execution !== undefined) {
    program.onnx.execution = result.execution;
  }
  const { outputs: wanted, metrics = [] } = bundle;
  const jailed = { program, payloads, inputs, outputs: wanted, metrics, limits: job.limits };
  const outcome = await runJailed(jailed, { signal });
  if (outcome.state === "cancelled") throw new HorizonError("interrupted", "Stopped.");
  if (outcome.reason === "jail_unavailable") {
    throw new HorizonError("jail_unavailable", outcome.message, {
      fix: "Run it again on a GPU that you lease: --on <gpu_id>",
    });
  }
  if (outcome.state === "failed") {
    throw new HorizonError(
      "replay_failed",
      `The replay failed (${outcome.reason}): ${outcome.message}`,
    );
  }
  const outputs = new Map(outcome.outputs.map(({ name, bytes }) => [name, bytes]));
  const ran = { on: "local", gpu_id: null, job_id: null, outputs } as const;
  if (outcome.execution === "wasm") return { ...ran, adapter: "WebAssembly" };
  const { device, description } = describeAdapter(await openAdapter());
  return { ...ran, adapter: description || device };
}
