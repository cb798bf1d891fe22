import type { Client } from "../client/client.ts";
import type { GpuView } from "../protocol/gpu.ts";
import type { PeerView } from "../protocol/network.ts";
import type { HomeText } from "./format.ts";
import { type NamedNode, nodeLabel } from "../protocol/node_label.ts";
import { freshness } from "../protocol/peer_freshness.ts";

/** The other home registries of these GPUs, as the registry that listed them sees those. */
export async function foreignHomes(
  client: Client,
  gpus: readonly GpuView[],
): Promise<PeerView[]> {
  const homes = new Set(gpus.map(({ home }) => home));
  homes.delete(client.node_id);
  if (homes.size === 0) return [];
  const { peers } = await client.network.peers();
  return peers.filter(({ node_id }) => homes.has(node_id));
}

/** How GPUs of other homes than this registry are shown, with what it knows of those now. */
export function homeTexts(
  gpus: readonly GpuView[],
  registry: string,
  peers: readonly PeerView[],
  now_ms: number,
): Map<string, HomeText> {
  const texts = copiedHomes(gpus, { registry, peers });
  for (const [node_id, text] of texts) {
    const peer = peers.find((peer) => peer.node_id === node_id);
    text.freshness = peer === undefined ? "unknown" : freshness(peer, now_ms);
  }
  return texts;
}

/** How GPUs of other homes are shown in a copy, of which nothing is fresh. */
export function copiedHomes(
  gpus: readonly GpuView[],
  { registry, peers }: { registry: string; peers: readonly NamedNode[] },
): Map<string, HomeText> {
  const texts = new Map<string, HomeText>();
  for (const { home } of gpus) {
    if (home === registry || texts.has(home)) continue;
    const alias = peers.find(({ node_id }) => node_id === home)?.alias ?? null;
    texts.set(home, { suffix: `@${nodeLabel({ node_id: home, alias })}`, freshness: null });
  }
  return texts;
}
