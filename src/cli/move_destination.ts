import { HorizonError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import { NodeUrl } from "../protocol/network.ts";
import { validate } from "../protocol/validate.ts";
import { shown } from "./args.ts";
import { resolveNode } from "./nodes.ts";

/** Where a GPU moves to. */
export interface Destination {
  url: string;
  /** Who must answer there; null where only the URL was named. */
  node_id: string | null;
}

/**
 * The registry that `--to` names: by its URL, or by the alias or id of a node that the old registry
 * knows. Throws `invalid_input` and `peer_not_found`.
 */
export async function readDestination(text: string, old: Client | null): Promise<Destination> {
  if (text.includes("://")) {
    return { url: validate(NodeUrl, text.replace(/\/+$/, ""), "--to"), node_id: null };
  }
  if (/[.:/]/.test(text)) {
    throw new HorizonError("invalid_input", `--to ${shown(text)} is neither a URL nor a node.`, {
      fix: `A URL begins with https:// or http://, such as https://${text.slice(0, 60)}`,
    });
  }
  if (old === null) {
    throw new HorizonError("invalid_input", `--to ${shown(text)} is not a URL.`, {
      fix: "With --abandon nobody is asked where a node is: name the new registry by its URL.",
    });
  }
  const { self, peers } = await old.network.peers();
  const node_id = resolveNode(text, [{ ...self, alias: null }, ...peers]);
  const record = node_id === self.node_id
    ? self
    : peers.find((peer) => peer.node_id === node_id)?.record;
  const url = record?.urls[0];
  if (url !== undefined) return { url, node_id };
  throw new HorizonError("invalid_input", `${node_id} has told nobody its address.`, {
    fix: "Name it by its URL: --to https://…",
  });
}

/** Throws `wrong_node` where another registry answers than the one that was named. */
export function checkDestination({ url, node_id }: Destination, found: string): void {
  if (node_id === null || node_id === found) return;
  throw new HorizonError("wrong_node", `At ${url} answers ${found}, not ${node_id}.`, {
    fix: "Find out why, or name the registry that you mean by its URL.",
  });
}
