import { HorizonError } from "../../base/errors.ts";
import type { NetworkClient } from "../../client/network.ts";
import { EXIT } from "../../protocol/codes.ts";
import type { PeerView, SyncView } from "../../protocol/network.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { nodeLabel } from "../../protocol/node_label.ts";
import { asOperator, OPERATOR_FLAGS } from "../operator.ts";
import { printable } from "../../base/printable.ts";
import { Progress } from "../progress.ts";

export const command = defineCommand({
  name: "marketplace sync",
  summary: "Have your registry pull every other registry's feed now",
  about:
    "It tells for each which GPUs can be rented now and could not before, are gone, or have changed.\n" +
    "One that can't be reached doesn't keep the others from it; then the exit code is 6. A served\n" +
    "registry follows the others by itself; the embedded one does while a command such as provide\n" +
    "runs. Only the registry's operator can do this.",
  args: {},
  flags: { ...OPERATOR_FLAGS },
  examples: ["horizon marketplace sync", "horizon marketplace sync --json"],
  async run(ctx, { flags }) {
    await using connection = await connect(ctx, { home: "none" });
    const { network } = await asOperator(connection, flags.data);
    const peers = (await network.peers()).peers.filter(({ trust }) => trust !== "quarantined");
    const progress = new Progress(ctx.out);
    const synced: Synced[] = [];
    for (const [i, peer] of peers.entries()) {
      progress.update(`${i + 1}/${peers.length} ${nodeLabel(peer)}`);
      synced.push(await syncOne(network, peer, ctx.signal));
    }
    progress.done();
    ctx.out.result({ synced }, synced.map(describe).join(""));
    if (peers.length === 0) ctx.out.note("No peers. Connect one: horizon network connect <url>");
    return synced.some(({ error }) => error !== null) ? EXIT.network : EXIT.ok;
  },
});

/** What became of one peer: either its changes, or why there are none. */
interface Synced {
  node_id: string;
  alias: string | null;
  changes: SyncView | null;
  error: { code: string; message: string } | null;
}

async function syncOne(
  network: NetworkClient,
  { node_id, alias }: PeerView,
  signal: AbortSignal,
): Promise<Synced> {
  try {
    return { node_id, alias, changes: await network.syncPeer(node_id), error: null };
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) || signal.aborted) throw thrown;
    const { code, message } = thrown;
    return { node_id, alias, changes: null, error: { code, message } };
  }
}

function describe({ node_id, alias, changes, error }: Synced): string {
  const label = nodeLabel({ node_id, alias });
  if (changes === null) return printable(`${label}: ${error?.message} (${error?.code})\n`);
  const { from_seq, to_seq, ...lists } = changes;
  const news = to_seq === from_seq ? "nothing new" : `${to_seq - from_seq} new events`;
  const lines = (["appeared", "gone", "changed"] as const).flatMap((kind) =>
    lists[kind].length === 0
      ? []
      : [`  ${kind}: ${lists[kind].map((gpu_id) => `${gpu_id}@${label}`).join(", ")}\n`]
  );
  return [`${label}: ${news}, at event ${to_seq}\n`, ...lines].join("");
}
