import type { Tolerance } from "../../base/array_comparison.ts";
import { HorizonError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { EXIT } from "../../protocol/codes.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { ownLease } from "../job_send.ts";
import { printable } from "../output.ts";
import type { ComparedOutput } from "../replay/compare_outputs.ts";
import { fetchOriginal, type Original } from "../replay/original.ts";
import type { Replay } from "../replay/replay.ts";
import { table } from "../table.ts";
import { readGpuId, readJobId, readTolerance } from "../values.ts";

export const command = defineCommand({
  name: "job verify",
  summary: "Run a job again, compare, and say in the feed what came of it",
  about:
    "A job that succeeded is run again from the same inputs, by their hashes: on this machine,\n" +
    "jailed, or with --on as a job of yours on a GPU that you lease. Integers must be the same;\n" +
    "numbers with fractions may differ by absolute + relative * |value|: 1e-5 and 1e-4 unless given,\n" +
    "for 16-bit ones 1e-3 and 1e-2. What came of it is signed by you and goes into the feed, but not\n" +
    "for a module, which may differ by itself. Only the job's renter and its provider can do this.\n" +
    "Ends with 104 if it differs.",
  args: { job_id: { summary: "a job that succeeded" } },
  flags: {
    on: { kind: "text", value: "<gpu_id>", summary: "another GPU that you lease" },
    absolute: { kind: "text", value: "<number>", summary: "tolerance for small numbers" },
    relative: { kind: "text", value: "<number>", summary: "tolerance as a share of the number" },
  },
  examples: ["horizon job verify job_7", "horizon job verify job_7 --on rig-2 --relative 1e-3"],
  async run(ctx, { args, flags }) {
    const job_id = readJobId(args.job_id);
    const gpu_id = flags.on === undefined ? null : readGpuId(flags.on);
    const wanted = readTolerances(flags);
    await using connection = await connect(ctx, { long: gpu_id !== null, graceful: true });
    const { client, suffix } = connection;
    const original = await fetchOriginal(client, job_id);
    if (gpu_id === original.job.gpu_id) {
      throw new HorizonError("invalid_input", `${job_id} ran on ${gpu_id}${suffix} itself.`, {
        fix: "Name another GPU with --on, or leave it out to run it here.",
      });
    }
    if (gpu_id !== null) await ownLease(client, gpu_id, suffix);
    const [{ replayHere }, { replayOnGpu }, { compareOutputs, widestTolerance }] = await Promise
      .all(
        [
          import("../replay/local.ts"),
          import("../replay/on_gpu.ts"),
          import("../replay/compare_outputs.ts"),
        ],
      );
    if (gpu_id === null) ctx.out.note(`Running ${job_id}${suffix} again on this machine.`);
    const replay = gpu_id === null
      ? await replayHere(original, ctx.signal)
      : await replayOnGpu(ctx, connection, original, gpu_id);
    const { bundle, outputs } = original;
    const compared = compareOutputs(bundle, outputs, replay.outputs, wanted);
    const tolerance = widestTolerance(compared);
    const statement = statementOf(original, replay, compared, tolerance);
    const unsaid = await say(client, original, statement);
    const { agrees, on, adapter } = statement;
    ctx.out.result(
      {
        ...{ job_id, agrees, on, gpu_id, replay: replay.job_id, adapter, tolerance },
        ...{ in_feed: unsaid === null, outputs: compared },
      },
      describe(job_id + suffix, statement, compared, ctx.out.colour) +
        (unsaid ?? "It is in the feed."),
    );
    return agrees ? EXIT.ok : EXIT.differs;
  },
});

function readTolerances(flags: { absolute?: string | undefined; relative?: string | undefined }) {
  const { absolute, relative } = flags;
  return {
    ...(absolute === undefined ? {} : { absolute: readTolerance(absolute, "--absolute") }),
    ...(relative === undefined ? {} : { relative: readTolerance(relative, "--relative") }),
  };
}

/** What is signed: the counts over all outputs. */
function statementOf(
  { job: { job_id }, result_sha256: result }: Original,
  { on, gpu_id, job_id: replay, adapter }: Replay,
  compared: readonly ComparedOutput[],
  tolerance: Tolerance,
) {
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
async function say(
  client: Client,
  { job }: Original,
  statement: ReturnType<typeof statementOf>,
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

function describe(
  ref: string,
  { agrees, on, gpu_id, adapter, tolerance }: ReturnType<typeof statementOf>,
  compared: readonly ComparedOutput[],
  colour: boolean,
): string {
  const where = on === "local" ? `this machine (${adapter})` : `${gpu_id} (${adapter})`;
  const columns = [
    { heading: "OUTPUT" },
    { heading: "TYPE" },
    { heading: "EXACT", numeric: true },
    { heading: "CLOSE", numeric: true },
    { heading: "DIFFERS", numeric: true },
    { heading: "FIRST" },
  ] as const;
  const rows = compared.map((output) => [
    output.name,
    output.dtype,
    ...[output.exact, output.tolerant, output.differing].map(String),
    firstOf(output),
  ]);
  const { absolute, relative } = tolerance;
  const words = agrees ? "gives the same" : "DIFFERS";
  return `${table(columns, rows, colour)}${ref} ${words} on ${printable(where)}, ` +
    `within ${absolute} + ${relative} of the number. `;
}

function firstOf({ problem, first }: ComparedOutput): string {
  if (problem !== null) return problem;
  return first === null ? "" : `[${first.index}] ${first.actual}, was ${first.expected}`;
}
