import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { Client } from "../client/client.ts";
import type { Transport } from "../client/transport.ts";
import type { NodeInfo } from "../protocol/api.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { PeersView } from "../protocol/network.ts";
import { reachRemote, registryUrl } from "./connect.ts";
import type { Context } from "./context.ts";
import { reachHolder } from "./data_folder.ts";
import { peerTable } from "./peer_text.ts";
import { facts, type Look } from "./table.ts";

/** What this machine's part of the network is doing. */
export interface NodeStatus {
  /** The person's id; null without a usable key. */
  actor: string | null;
  data_folder: string;
  registry: {
    /** `remote`: the configured one. `local`: a process on the data folder. `idle`: nobody holds it. */
    where: "remote" | "local" | "idle";
    url: string | null;
    node_id: string | null;
    software: string | null;
    mode: string | null;
    head_seq: number | null;
    round_trip_ms: number | null;
    /** Stable code of why it can't be reached. */
    error: string | null;
  };
  /** The person's GPUs at that registry; null where it can't be asked. */
  provider: { gpus: number; online: number } | null;
  /** What that registry knows of others; null where it can't be asked. */
  network: PeersView | null;
}

/** Looks around without holding the data folder, so that it never stands in another command's way. */
export async function nodeStatus(ctx: Context): Promise<NodeStatus> {
  const identity = await ctx.identity().catch(() => null);
  const url = await registryUrl(ctx);
  const start_ms = ctx.io.clock.monotonic();
  const base = { actor: identity?.id ?? null, ...NOTHING, data_folder: ctx.folders.data };
  try {
    const reached = url === null
      ? await reachHolder(ctx, ctx.folders.data)
      : await reachRemote(ctx, url);
    if (reached === null) return { ...base, registry: { ...UNKNOWN, where: "idle" } };
    await using closing = new AsyncDisposableStack();
    closing.defer(reached.close);
    const { node, transport } = reached;
    return {
      ...base,
      registry: {
        where: url === null ? "local" : "remote",
        url: transport.base_url,
        node_id: node.node_id,
        software: node.software,
        mode: node.settings.mode,
        head_seq: node.head.seq,
        round_trip_ms: Math.round(ctx.io.clock.monotonic() - start_ms),
        error: null,
      },
      ...(identity === null ? NOTHING : await askRegistry(identity, node, transport)),
    };
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) || ctx.signal.aborted) throw thrown;
    return { ...base, registry: { ...UNKNOWN, where: "remote", url, error: thrown.code } };
  }
}

const NOTHING = { provider: null, network: null };
const UNKNOWN = {
  url: null,
  node_id: null,
  software: null,
  mode: null,
  head_seq: null,
  round_trip_ms: null,
  error: null,
};

async function askRegistry(identity: Identity, node: NodeInfo, transport: Transport) {
  const client = new Client({ transport, identity, node_id: node.node_id });
  const query = { owner: identity.id, home: node.node_id, all: true, limit: LIMITS.page_max };
  const { gpus, total } = await client.gpus(query);
  const online = gpus.filter((gpu) => gpu.online).length;
  return { provider: { gpus: total, online }, network: await peersOf(client) };
}

/** Null where the registry tells its peers alone. */
async function peersOf(client: Client): Promise<PeersView | null> {
  return await client.network.peers().catch((thrown) => {
    if (thrown instanceof HorizonError && thrown.code === "peers_only") return null;
    throw thrown;
  });
}

/** The status in lines, and the peers in a table. */
export function statusText(status: NodeStatus, now_ms: number, look: Look): string {
  const lines = facts([...nodeLines(status), ...networkLines(status.network)]);
  const peers = status.network?.peers ?? [];
  return peers.length === 0 ? lines : `${lines}\n${peerTable(peers, now_ms, look)}`;
}

function nodeLines(status: NodeStatus): [string, string][] {
  const { registry, provider } = status;
  const where = {
    remote: `${registry.url}`,
    local: `${registry.url} (on this data folder)`,
    idle: "embedded; no process holds the data folder now",
  }[registry.where];
  const lines: [string, string][] = [
    ["your id", status.actor ?? "no key; run: horizon init"],
    ["data folder", status.data_folder],
    ["registry", registry.error === null ? where : `${where}: ${registry.error}`],
  ];
  if (registry.node_id !== null) {
    lines.push(["node", `${registry.node_id} (${registry.mode}, ${registry.software})`]);
    lines.push(["feed", `head at ${registry.head_seq}, answered in ${registry.round_trip_ms} ms`]);
  }
  lines.push(["provider", provider === null ? "unknown" : gpusText(provider)]);
  return lines;
}

function networkLines(network: PeersView | null): [string, string][] {
  if (network === null) return [];
  const { self, peers_only, peers, evidence } = network;
  const urls = self.urls.length === 0 ? "nowhere from outside" : self.urls.join(", ");
  const lines: [string, string][] = [
    ["reached at", peers_only ? `${urls}; its feed is for connected peers alone` : urls],
  ];
  if (peers.length === 0) lines.push(["peers", "none; run: horizon network connect <url>"]);
  if (evidence.length > 0) {
    lines.push(["evidence", `${evidence.length} against liars; run: horizon network evidence`]);
  }
  return lines;
}

function gpusText({ gpus, online }: { gpus: number; online: number }): string {
  return gpus === 0 ? "no GPU registered" : `${online} of ${gpus} GPUs online`;
}
