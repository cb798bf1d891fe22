import { NodeAlias, type PeerView } from "../../protocol/network.ts";
import { validate } from "../../protocol/validate.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { asOperator, OPERATOR_FLAGS } from "../operator.ts";
import { readTarget } from "../peers.ts";
import { peerTable } from "../peer_text.ts";

export const command = defineCommand({
  name: "network connect",
  summary: "Connect your registry to another one",
  about:
    "Your registry then follows the other's feed, checks each event by deciding it again, lists its\n" +
    "GPUs, and passes rentals and jobs on to it. Nodes that it knows are found by it. Only your\n" +
    "registry's operator can do this; on the embedded registry that is you.\n" +
    "At a private address (10.…, 192.168.…, localhost) a node is reached only if your registry\n" +
    "runs with serve --private-peers, or your configuration says private_peers true.",
  args: { node: { summary: "its URL, or the id of a node that your registry knows" } },
  flags: {
    alias: { kind: "text", value: "<name>", summary: "a name of yours for it: rig-1@<name>" },
    ...OPERATOR_FLAGS,
  },
  examples: [
    "horizon network connect https://registry.example --alias berlin",
    "horizon network connect z6Mk…",
  ],
  async run(ctx, { args, flags }) {
    const alias = flags.alias === undefined ? null : validate(NodeAlias, flags.alias, "The alias");
    await using connection = await connect(ctx, { home: "none" });
    const target = await readTarget(connection.client, args.node);
    const { network } = await asOperator(connection, flags.data);
    let peer: PeerView = await network.connectPeer({ target, alias });
    // Nobody follows on behalf of an embedded registry between two commands.
    if (connection.embedded) {
      await network.syncPeer(peer.node_id);
      const { peers } = await network.peers();
      peer = peers.find(({ node_id }) => node_id === peer.node_id) ?? peer;
    }
    const text = peerTable([peer], ctx.io.clock.now(), ctx.out);
    ctx.out.result(peer, `Connected to ${peer.node_id}.\n${text}`);
  },
});
