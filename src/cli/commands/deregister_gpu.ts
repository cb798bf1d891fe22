import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { homesOf } from "../homes.ts";
import { readGpuId } from "../values.ts";

export const command = defineCommand({
  name: "deregister-gpu",
  summary: "Take your GPU off the market",
  about:
    "While it is leased or on auction this is refused; --force ends the lease and gives the\n" +
    "renter back all that it cost, or cancels the auction.",
  args: { gpu_id: { summary: "the GPU" } },
  flags: {
    force: {
      kind: "boolean",
      summary: "end a live lease, refunding it in full, or cancel the auction",
    },
  },
  examples: ["horizon deregister-gpu rig-1", "horizon deregister-gpu rig-1 --force"],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    await using connection = await connect(ctx);
    await connection.client.submit("gpu.deregister", { gpu_id, force: flags.force });
    const homes = await homesOf(ctx, connection);
    await homes?.forget(gpu_id, connection.client.node_id);
    ctx.out.result({ gpu_id, deregistered: true }, `${gpu_id} is off the market.`);
  },
});
