import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { asOperator, OPERATOR_FLAGS } from "../operator.ts";
import { readPeer } from "../peers.ts";

export const command = defineCommand({
  name: "network disconnect",
  summary: "Have your registry follow another one no more",
  about:
    "Its GPUs leave your registry's listing, and the copy of its feed is removed. What you rent\n" +
    "there goes on; you reach it again by connecting again, or with --registry.",
  args: { node: { summary: "its alias, or its node id" } },
  flags: { ...OPERATOR_FLAGS },
  examples: ["horizon network disconnect berlin"],
  async run(ctx, { args, flags }) {
    await using connection = await connect(ctx, { home: "none" });
    const node_id = await readPeer(connection.client, args.node);
    const { network } = await asOperator(connection, flags.data);
    await network.disconnectPeer(node_id);
    ctx.out.result({ node_id, disconnected: true }, `Disconnected from ${node_id}.`);
  },
});
