import { identityOf, newSecret } from "../../src/base/identity.ts";
import { SharedCluster } from "../../tests/registry/shared_cluster.ts";
import { bestStoreKind } from "../../tests/store/shared_stores.ts";
import { type Figure, paired } from "../figure.ts";
import { RawHttp } from "../raw_http.ts";
import { type LoadClient, post, requestOf, signedRequest, signUpdate } from "../registry_load.ts";
import { gpuBody, signEnvelope } from "../registry_seed.ts";

const CLIENTS = 48;
const BATCH = 16;
const REQUESTS_PER_CLIENT = 12;
const ROUNDS = 7;

/**
 * What two followers cost: intents acknowledged a second by clients that are spread over all three
 * processes, two thirds of whose requests are handed on, against one process alone on such a store.
 */
export const figure: Figure = {
  group: "network",
  name: "shared store, acknowledged writes/s, batches of 16: with 3 processes / with 1",
  unit: "1/s",
  aim: { op: ">=", value: 0.8 },
  async measure() {
    const kind = bestStoreKind();
    await using storeOfThree = await kind.open();
    await using storeOfOne = await kind.open();
    await using three = await SharedCluster.start(storeOfThree, 3);
    await using one = await SharedCluster.start(storeOfOne, 1);
    const clientsOfThree = await clientsOf(three);
    const clientsOfOne = await clientsOf(one);
    const { ours, against } = await paired(
      ROUNDS,
      () => acknowledgedPerSecond(clientsOfThree, three.node_id),
      () => acknowledgedPerSecond(clientsOfOne, one.node_id),
    );
    for (const { http } of [...clientsOfThree, ...clientsOfOne]) http.close();
    return { ours, against, ratio: ours / against, note: kind.name };
  },
};

/** Clients with a GPU each, spread over the members. */
async function clientsOf({ members, node_id }: SharedCluster): Promise<LoadClient[]> {
  const clients: LoadClient[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const member = members[i % members.length];
    if (member === undefined) throw new Error("a cluster without members");
    const http = await RawHttp.connect(new URL(member.url));
    const client = { identity: identityOf(newSecret()), gpu_id: `load-${i}`, http };
    const gpu = gpuBody(client.gpu_id, 300_000 + i);
    const envelope = await signEnvelope(client.identity, node_id, "gpu.register", gpu);
    await post(client, requestOf([envelope]));
    clients.push(client);
  }
  return clients;
}

async function acknowledgedPerSecond(
  clients: readonly LoadClient[],
  node_id: string,
): Promise<number> {
  const work = await Promise.all(clients.map(async (client) => {
    const requests: Uint8Array<ArrayBuffer>[] = [];
    for (let i = 0; i < REQUESTS_PER_CLIENT; i++) {
      requests.push(await signedRequest(client, node_id, BATCH, signUpdate));
    }
    return { client, requests };
  }));
  const start_ms = performance.now();
  await Promise.all(work.map(async ({ client, requests }) => {
    for (const request of requests) await post(client, request);
  }));
  const elapsed_s = (performance.now() - start_ms) / 1000;
  return clients.length * REQUESTS_PER_CLIENT * BATCH / elapsed_s;
}
