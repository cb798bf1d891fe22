import { gpuTable } from "../format.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { checkMinPrice } from "../price_limits.ts";
import { table } from "../table.ts";
import { readGpuId, readPrice } from "../values.ts";

export const command = defineCommand({
  name: "gpu update",
  summary: "Change the price of a GPU of yours",
  about: "A lease that runs keeps its price.",
  args: { gpu_id: { summary: "id of the GPU" } },
  flags: {
    price: { kind: "text", value: "<price>", summary: "dollars an hour", required: true },
  },
  examples: ["horizon gpu update rig-1 --price 0.25"],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    const price_micros_per_hour = readPrice(flags.price, "--price");
    checkMinPrice(price_micros_per_hour, await ctx.config());
    await using connection = await connect(ctx);
    await connection.client.submit("gpu.update", { gpu_id, price_micros_per_hour });
    const gpu = await connection.client.gpu(gpu_id);
    const { columns, rows } = gpuTable([gpu]);
    ctx.out.result(gpu, table(columns, rows, ctx.out));
  },
});
