import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { readGpuId } from "../values.ts";

export const command = defineCommand({
  name: "deregister-gpu",
  summary: "Take your GPU off the market",
  about:
    "While it is leased this is refused; --force ends the lease and gives the renter back all\n" +
    "that it cost.",
  args: { gpu_id: { summary: "the GPU" } },
  flags: { force: { kind: "boolean", summary: "end a live lease, refunding the renter in full" } },
  examples: ["horizon deregister-gpu rig-1", "horizon deregister-gpu rig-1 --force"],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    await using connection = await connect(ctx);
    await connection.client.submit("gpu.deregister", { gpu_id, force: flags.force });
    ctx.out.result({ gpu_id, deregistered: true }, `${gpu_id} is off the market.`);
  },
});
