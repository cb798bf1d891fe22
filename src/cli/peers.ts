import type { Client } from "../client/client.ts";
import { HorizonError } from "../base/errors.ts";
import { ACTOR_ID_PATTERN } from "../base/identity.ts";
import { NodeUrl } from "../protocol/network.ts";
import { validate } from "../protocol/validate.ts";
import { shown } from "./args.ts";
import { resolveNode } from "./nodes.ts";

/**
 * The node id of a peer by its alias, its id or the start of it. Throws `own_node` for the registry
 * itself, `peer_not_found` and `invalid_input`.
 */
export async function readPeer(client: Client, text: string): Promise<string> {
  const { peers } = await client.network.peers();
  const self = { node_id: client.node_id, alias: null };
  const node_id = resolveNode(text, [self, ...peers]);
  if (node_id !== client.node_id) return node_id;
  throw new HorizonError("own_node", "That is your registry itself.", {
    fix: "Name another registry.",
  });
}

/** Whom to connect: a URL as it stands in a node's record, or the id of a node that is known. */
export async function readTarget(client: Client, text: string): Promise<string> {
  if (text.includes("://")) return validate(NodeUrl, text.replace(/\/+$/, ""), "The URL");
  // The registry knows best why it can't find a whole id.
  if (ACTOR_ID_PATTERN.test(text)) return text;
  if (/[.:/]/.test(text)) {
    throw new HorizonError("invalid_input", `${shown(text)} is neither a URL nor a node id.`, {
      fix: `A URL begins with https:// or http://, such as https://${text.slice(0, 60)}`,
    });
  }
  return await readPeer(client, text);
}
