import { formatDollars } from "../../base/money.ts";
import { Client, fetchNode } from "../../client/client.ts";
import { gpuState } from "../../protocol/gpu_state.ts";
import { nodeLabel } from "../../protocol/node_label.ts";
import { reachHolder } from "../data_folder.ts";
import { registryUrl, transportTo } from "../connect.ts";
import type { Context } from "../context.ts";
import type { Candidate, RemoteKind } from "./candidates.ts";

/** A person who presses a key waits no longer than this for what the registry knows. */
const WAIT_MS = 800;
/** So many of each kind are offered at most. */
const LIMIT = 200;

/** What the registry knows of a kind. Nothing is started for it; throws where it can't be asked in time. */
export async function remoteWords(ctx: Context, kind: RemoteKind): Promise<Candidate[]> {
  const client = await openClient(ctx);
  if (client === null) return [];
  const mine = { actor: client.actor, limit: LIMIT };
  switch (kind) {
    case "gpu":
    case "own_gpu": {
      const home = client.node_id;
      const owner = kind === "own_gpu" ? { owner: client.actor } : {};
      const { gpus } = await client.gpus({ all: true, limit: LIMIT, home, ...owner });
      return gpus.map((gpu) => ({
        word: gpu.gpu_id,
        about: `${gpu.gpu_type}, ${formatDollars(gpu.price_micros_per_hour)}/h, ${gpuState(gpu)}`,
      }));
    }
    case "lease": {
      const { leases } = await client.leases({ ...mine, state: "live" });
      return leases.map(({ lease_id, gpu_id }) => ({ word: lease_id, about: gpu_id }));
    }
    case "job": {
      const { jobs } = await client.jobs(mine);
      return jobs.map(({ job_id, state, gpu_id }) => ({
        word: job_id,
        about: `${state} on ${gpu_id}`,
      }));
    }
    case "bid": {
      const { bids } = await client.bids(mine);
      return bids.map(({ bid_id, state }) => ({ word: bid_id, about: state }));
    }
    case "auction": {
      const { auctions } = await client.auctions({ limit: LIMIT });
      return auctions.map(({ auction_id, state, gpu_ids }) => ({
        word: auction_id,
        about: `${state}: ${gpu_ids[0]}`,
      }));
    }
    case "node": {
      const { peers } = await client.network.peers();
      return peers.map((peer) => ({ word: nodeLabel(peer), about: peer.state }));
    }
  }
}

/** The registry that commands would ask, if it answers; null where no process holds the data folder. */
async function openClient(ctx: Context): Promise<Client | null> {
  const signal = AbortSignal.timeout(WAIT_MS);
  const url = await registryUrl(ctx);
  const identity = await ctx.identity();
  if (url === null) {
    const held = await reachHolder(ctx, ctx.folders.data);
    if (held === null) return null;
    return new Client({ transport: held.transport, identity, node_id: held.node.node_id, signal });
  }
  const transport = await transportTo(ctx, url);
  const { node_id } = await fetchNode(transport, { signal });
  return new Client({ transport, identity, node_id, signal });
}
