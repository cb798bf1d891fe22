import { HorizonError } from "../../base/errors.ts";
import { EXIT } from "../../protocol/codes.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { ownLease } from "../job_send.ts";
import { compareOutputs, widestTolerance } from "../replay/compare_outputs.ts";
import { replayHere } from "../replay/local.ts";
import { replayOnGpu } from "../replay/on_gpu.ts";
import { fetchOriginal } from "../replay/original.ts";
import { say, statementOf } from "../replay/statement.ts";
import { replayText } from "../replay/text.ts";
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
      replayText(job_id + suffix, statement, compared, ctx.out) +
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
