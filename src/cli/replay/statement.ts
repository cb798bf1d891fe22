import type { Tolerance } from "../../base/array_comparison.ts";
import { HorizonError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { printable } from "../../base/printable.ts";
import type { ComparedOutput } from "./compare_outputs.ts";
import type { Original } from "./original.ts";
import type { Replay } from "./replay.ts";

/** What a side of a job signs of a replay. */
export type Statement = IntentBody<"job.attest">;

/** What is signed: the counts over all outputs. */
export function statementOf(
  { job: { job_id }, result_sha256: result }: Original,
  { on, gpu_id, job_id: replay, adapter }: Replay,
  compared: readonly ComparedOutput[],
  tolerance: Tolerance,
): Statement {
  const sum = (count: "exact" | "tolerant" | "differing") =>
    compared.reduce((total, output) => total + output[count], 0);
  const [exact, tolerant, differing] = [sum("exact"), sum("tolerant"), sum("differing")];
  return {
    ...{ job_id, result, agrees: differing === 0, on, gpu_id, replay },
    adapter: printable(adapter).replace(/\s/g, " ").slice(0, LIMITS.name_chars),
    ...{ exact, tolerant, differing, tolerance },
  };
}

/** Puts the statement into the feed; null, or why it isn't there. */
export async function say(
  client: Client,
  { job }: Original,
  statement: Statement,
): Promise<string | null> {
  if (job.kind === "module") {
    return "As it is a module, which may draw lots or take the time, the feed says nothing of it.";
  }
  try {
    await client.submit("job.attest", statement);
    return null;
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) || thrown.code !== "job_not_found") throw thrown;
    return "The registry has archived the job, so the feed says nothing of it.";
  }
}
