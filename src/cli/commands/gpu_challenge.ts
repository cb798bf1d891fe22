import { HorizonError } from "../../base/errors.ts";
import { formatDollars, parseDollars } from "../../base/money.ts";
import { EXIT } from "../../protocol/codes.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { type Answered, followChallenge } from "../challenge_follow.ts";
import { defineCommand, PLAN_FLAGS } from "../command.ts";
import { confirm } from "../confirm.ts";
import { connect, type Connection } from "../connect.ts";
import type { Context } from "../context.ts";
import { homesOf } from "../homes.ts";
import { printable } from "../../base/printable.ts";
import { Progress } from "../progress.ts";
import { facts } from "../table.ts";
import { readGpuId } from "../values.ts";

export const command = defineCommand({
  name: "gpu challenge",
  summary: "Complain of a GPU: have it prove itself now",
  about:
    "The registry's fee is held until the verdict. If the GPU holds, its owner gets the fee; if it\n" +
    "doesn't, or can't be proven in time, the fee comes back, the GPU leaves the market, and a lease\n" +
    "on it ends at no cost. A GPU that is leased can be challenged by its renter alone. You may\n" +
    "challenge a GPU once in ten minutes. Ends with 1 if the GPU is refused.",
  args: { gpu_id: { summary: "a GPU that is listed and online" } },
  flags: {
    "max-fee": {
      kind: "text",
      value: "<dollars>",
      summary: "the most you'll pay; the registry's fee unless given",
    },
    ...PLAN_FLAGS,
  },
  examples: [
    "horizon gpu challenge rig-1",
    "horizon gpu challenge rig-1@berlin --max-fee 0.02 --json",
  ],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    const limit = flags["max-fee"] === undefined
      ? null
      : parseDollars(flags["max-fee"], "--max-fee", LIMITS.challenge_fee_max_micros);
    await using connection = await connect(ctx, { long: true });
    const { client, node: { settings }, suffix } = connection;
    const gpu = await client.gpu(gpu_id);
    const fee_micros = settings.mode === "embedded" ? 0 : settings.challenge_fee_micros ?? 0;
    const plan = planText(gpu, suffix, fee_micros);
    if (!await confirm(ctx, plan, flags, limit !== null)) return;
    const answered = await challenge(ctx, connection, gpu_id, limit ?? fee_micros);
    const paid_micros = answered.listed ? fee_micros : 0;
    ctx.out.result(
      { gpu_id: gpu_id + suffix, fee_micros, paid_micros, ...answered },
      outcomeText(gpu_id + suffix, answered, fee_micros),
    );
    return answered.listed ? EXIT.ok : EXIT.failure;
  },
});

function planText(gpu: GpuView, suffix: string, fee_micros: number): string {
  const { verdict, reason } = gpu.verdict ?? { verdict: "none", reason: "" };
  const fee = fee_micros === 0
    ? "nothing"
    : `${formatDollars(fee_micros)}, for its owner; it comes back if the GPU fails`;
  return facts([
    ["challenge", `${gpu.gpu_id}${suffix}: ${gpu.gpu_type}`],
    ["its proof", printable(`${verdict} ${reason}`.trim())],
    ["costs", fee],
  ]);
}

/**
 * Sends the complaint and waits for the verdict. On the registry inside this process nobody else
 * provides, so the provider runs here meanwhile.
 */
async function challenge(
  ctx: Context,
  connection: Connection,
  gpu_id: string,
  max_fee_micros: number,
): Promise<Answered> {
  const { client } = connection;
  const progress = new Progress(ctx.out);
  const work = async () => {
    const { seq, at } = await client.submit("gpu.challenge", { gpu_id, max_fee_micros });
    progress.update(`Waiting for ${gpu_id} to prove itself`);
    return await followChallenge(client, gpu_id, { seq, at }, ctx.signal).catch((thrown) => {
      throw ctx.signal.aborted ? goesOn(gpu_id, connection.suffix, thrown) : thrown;
    });
  };
  try {
    if (!connection.embedded) return await work();
    const { provideDuring } = await import("../../provider/provide_during.ts");
    const homes = await homesOf(ctx, connection);
    const options = { client, clock: ctx.io.clock, unjailed: false, gpus: [gpu_id], homes };
    return await provideDuring(options, work);
  } finally {
    progress.done();
  }
}

/** An interruption ends the waiting, not the challenge. */
function goesOn(gpu_id: string, suffix: string, cause: unknown): HorizonError {
  return new HorizonError("interrupted", "Interrupted: the challenge goes on.", {
    fix: `See what came of it: horizon gpu proof ${gpu_id}${suffix}`,
    cause,
  });
}

function outcomeText(gpu_id: string, { verdict, listed }: Answered, fee_micros: number): string {
  const { gops, elapsed_ms } = verdict.figures;
  const fee = fee_micros === 0 ? "nothing" : formatDollars(fee_micros);
  return facts([
    [gpu_id, listed ? "holds" : "is refused, and off the market"],
    ["verdict", printable(`${verdict.verdict}: ${verdict.reason}`)],
    ["proof", `${gops} Gop/s in ${elapsed_ms} ms`],
    ...verdict.contradicts.map((line) => ["contradicts", printable(line)] as const),
    ["paid", listed ? `${fee} to its owner` : "nothing: the fee came back"],
  ]);
}
