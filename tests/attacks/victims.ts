import type { Link } from "../../src/federation/link.ts";
import { evidenceId } from "../../src/protocol/evidence.ts";
import { BIDDING_MS, newBidder, passTime, sealBid, startAuction } from "../registry/auctions.ts";
import { listGpu, newActor, openTest, rentGpu, type TestRegistry } from "../registry/harness.ts";
import type { Cluster } from "../federation/cluster.ts";
import { until } from "../federation/cluster.ts";
import { LyingPeer } from "./lying_peer.ts";

const LEASE_S = 600;

/** A registry on whose feed everything happened once, closed; the liar has its key and its feed. */
export async function newLiar(name: string): Promise<LyingPeer> {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "rig-1");
  await listGpu(registry, owner, "rig-2");
  const auction_id = await startAuction(registry, owner, "rig-1");
  for (const price of [300_000, 250_000, 200_000]) {
    await sealBid(registry, await newBidder(registry), auction_id, price);
  }
  await passTime(registry, BIDDING_MS);
  await rentGpu(registry, newActor(), "rig-2", LEASE_S);
  await passTime(registry, LEASE_S * 1_000);
  await newBidder(registry);
  return await LyingPeer.of(registry, name);
}

/** The link to the liar, which must be there. */
export function linkTo(registry: TestRegistry, liar: LyingPeer): Link {
  const link = registry.services.federation.link(liar.node.id);
  if (link === undefined) throw new Error("the node isn't known");
  return link;
}

/** Waits until a registry holds this much of the liar's feed, and trusts it. */
export async function holds(registry: TestRegistry, liar: LyingPeer, seq: number): Promise<void> {
  const isThere = () => linkTo(registry, liar).holder.replica.head?.seq === seq;
  await until(isThere, `event ${seq} is there`);
}

/** How many of a home's GPUs a registry lists. */
export async function listed(registry: TestRegistry, home: string): Promise<number> {
  return (await (await registry.fetch(`/v1/gpus?all=true&home=${home}`)).json()).total;
}

export function evidenceIds(registry: TestRegistry): string[] {
  return registry.services.federation.evidence.page().evidence.map(({ id, evidence }) => {
    if (id !== evidenceId(evidence)) throw new Error("the evidence has another id");
    return id;
  });
}

/** Adds a host to a cluster that is no registry of ours. */
export function addLiar(cluster: Cluster, name: string, liar: LyingPeer): void {
  cluster.replace(name, liar);
}
