import { HorizonError } from "../base/errors.ts";
import type { FeedTail } from "../store/feed_tail.ts";
import type { Journal } from "../store/journal.ts";
import type { Services } from "./services.ts";

/** A feed that this registry holds: its own, or a replica of another's. */
export interface HeldFeed {
  journal: Journal;
  tail: FeedTail;
}

/** The feed of a node. Throws `not_found`. */
export function heldFeed(node_id: string, services: Services): HeldFeed {
  const { node, store, feedTail, federation } = services;
  if (node_id === node.id) return { journal: store.journal, tail: feedTail };
  const link = federation.link(node_id);
  if (link !== undefined) return link.holder.replica;
  throw new HorizonError("not_found", "This registry does not hold that node's feed.", {
    fix: "See whose feeds it holds: horizon network status",
  });
}

/**
 * Who asks, where it says so. Throws `peers_only` unless the registry's feed is for all, or who asks is
 * a connected peer or the node itself.
 */
export function feedReader(authorization: string | undefined, services: Services): string | null {
  const { federation, sessions, node } = services;
  if (!federation.peers_only) {
    return authorization === undefined ? null : sessions.holder(authorization).actor;
  }
  const refusal = new HorizonError(
    "peers_only",
    "This registry shows its feed to its peers alone.",
    {
      fix: "Have its operator connect your registry: horizon network connect <your node id or url>",
    },
  );
  if (authorization === undefined) throw refusal;
  const { actor } = sessions.holder(authorization);
  if (actor === node.id || federation.link(actor)?.entry.connected === true) return actor;
  throw refusal;
}

/** Whether who was let in may still read: a private feed is shown to connected peers alone. */
export function isFeedReader(authorization: string | undefined, services: Services): boolean {
  if (!services.federation.peers_only) return true;
  try {
    feedReader(authorization, services);
    return true;
  } catch {
    return false;
  }
}
