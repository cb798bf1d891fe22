import type { Federation } from "../federation/federation.ts";
import type { Departure, MarketState } from "../market/market.ts";

/** Another registry, as this one follows it. */
export interface FollowedHome {
  /** The replica of its market: every intent decided again. */
  state: MarketState;
  /** When it last answered, by this registry's clock (ms since the epoch). */
  contact_at: number;
}

/** A registry whose feed this one follows and believes; undefined for any other. */
export function followedHome(federation: Federation, node_id: string): FollowedHome | undefined {
  const link = federation.link(node_id);
  if (link?.status.trust !== "checked" || link.holder.replica.state.seq === 0) return undefined;
  return { state: link.holder.replica.state, contact_at: link.status.last_contact_at ?? 0 };
}

/** What the feeds of other registries say of GPUs that leave them. */
export interface Departures {
  /** How a GPU left that home; null if it did not, "unknown" if the home isn't followed. */
  left(from: string, gpu_id: string): Departure | null | "unknown";
  /** Whether that home has answered since a time (ms), and still has the GPU of that owner. */
  keeps(from: string, gpu_id: string, owner: string, since: number): boolean;
}

/** Departures by the replicas of the homes that are followed; `homeOf` takes a node id. */
export function departuresOf(homeOf: (node_id: string) => FollowedHome | undefined): Departures {
  return {
    left(from, gpu_id) {
      const home = homeOf(from);
      return home === undefined ? "unknown" : home.state.departures.get(gpu_id) ?? null;
    },
    keeps(from, gpu_id, owner, since) {
      const home = homeOf(from);
      return home !== undefined && home.contact_at >= since &&
        home.state.gpus.get(gpu_id)?.owner === owner;
    },
  };
}
