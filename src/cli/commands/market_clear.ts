import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { asOperator, OPERATOR_FLAGS } from "../operator.ts";

export const command = defineCommand({
  name: "market clear",
  summary: "Match all orders with all free GPUs now, as the registry's operator",
  about:
    "The registry does this by itself every few seconds. It is signed with the registry's own\n" +
    "key, which lies in its data folder.",
  args: {},
  flags: { ...OPERATOR_FLAGS },
  examples: ["horizon market clear", "horizon market clear --json"],
  async run(ctx, { flags }) {
    await using connection = await connect(ctx);
    const operator = await asOperator(connection, flags.data);
    const { seq, data } = await operator.submit("market.clear", {});
    const filled = Number(data.filled);
    ctx.out.result({ seq, filled }, `${filled} ${filled === 1 ? "lease" : "leases"} opened`);
  },
});
