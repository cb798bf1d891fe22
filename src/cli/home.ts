import { HorizonError } from "../base/errors.ts";
import { type Client, fetchNode } from "../client/client.ts";
import { homeTransport, type Transport } from "../client/transport.ts";
import type { NodeInfo } from "../protocol/api.ts";
import type { Context } from "./context.ts";
import { nodeLabel } from "../protocol/node_label.ts";
import { resolveNode } from "./nodes.ts";
import type { ReachedRegistry } from "./reached.ts";

/** A registry that is reached by way of another. */
export interface HomeRegistry {
  transport: Transport;
  node: NodeInfo;
  /** What stands after its ids: "@berlin". */
  suffix: string;
}

/**
 * The home that a command line names, by way of the person's registry; null if that is it. Throws
 * `peer_not_found`, `invalid_input`, `home_unreachable`, `wrong_node` and what asking throws.
 */
export async function findHome(
  name: string,
  own: ReachedRegistry,
  client: Client,
  signal: AbortSignal,
): Promise<HomeRegistry | null> {
  const self = { node_id: own.node.node_id, alias: null };
  const { peers } = await client.network.peers();
  const node_id = resolveNode(name, [self, ...peers]);
  if (node_id === self.node_id) return null;
  const transport = homeTransport(own.transport, node_id);
  const node = await fetchNode(transport, { signal });
  if (node.node_id !== node_id) {
    throw new HorizonError("wrong_node", `${node.node_id} answers in the place of ${node_id}.`);
  }
  const peer = peers.find((peer) => peer.node_id === node_id);
  return { transport, node, suffix: `@${nodeLabel({ node_id, alias: peer?.alias ?? null })}` };
}

/** Throws `invalid_input` for a home on the command line of a command that has no use for one. */
export function refuseHome(ctx: Context): void {
  if (ctx.home === undefined) return;
  throw new HorizonError(
    "invalid_input",
    `"${ctx.op}" is for your own registry: --home has no place.`,
    {
      fix: "Leave --home away; --registry names another registry to talk to.",
    },
  );
}

const ID_FIELDS = ["gpu_id", "lease_id", "job_id", "auction_id", "bid_id"];
const ID_LISTS = ["gpu_ids", "lease_ids"];

/** A view with its registry's suffix at every id, as a person can type it in the next command. */
export function withSuffix<T extends object>(view: T, suffix: string): T {
  if (suffix === "") return view;
  const shown = { ...view };
  for (const name of ID_FIELDS) {
    const id: unknown = Reflect.get(shown, name);
    if (typeof id === "string") Reflect.set(shown, name, id + suffix);
  }
  for (const name of ID_LISTS) {
    const ids: unknown = Reflect.get(shown, name);
    if (Array.isArray(ids)) Reflect.set(shown, name, ids.map((id) => String(id) + suffix));
  }
  return shown;
}
