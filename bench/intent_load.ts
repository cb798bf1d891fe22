import type { Measured } from "./figure.ts";
import { median } from "./figure.ts";
import {
  makeClients,
  post,
  signedRequest,
  type SignIntent,
  signUpdate,
  startRegistry,
  verificationsPerSecond,
} from "./registry_load.ts";

const CLIENTS = 64;
const ROUNDS = 5;
const VERIFICATIONS = 10_000;

/**
 * Intents made durable a second by 64 clients, each waiting for its receipt before the next request,
 * against signatures that one core verifies a second.
 */
export async function measureIntents(
  size: number,
  requests_per_client: number,
  sign: SignIntent = signUpdate,
): Promise<Measured> {
  const registry = await startRegistry();
  try {
    const clients = await makeClients(registry, CLIENTS);
    const ours: number[] = [];
    const against: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const work = await Promise.all(clients.map(async (client) => {
        const requests: Uint8Array<ArrayBuffer>[] = [];
        for (let i = 0; i < requests_per_client; i++) {
          requests.push(await signedRequest(client, registry.node_id, size, sign));
        }
        return { client, requests };
      }));
      const start_ms = performance.now();
      await Promise.all(work.map(async ({ client, requests }) => {
        for (const request of requests) await post(client, request);
      }));
      const elapsed_s = (performance.now() - start_ms) / 1000;
      const verified = await verificationsPerSecond(VERIFICATIONS);
      // The first round warms up.
      if (round === 0) continue;
      ours.push(CLIENTS * requests_per_client * size / elapsed_s);
      against.push(verified);
    }
    for (const { http } of clients) http.close();
    return { ours: median(ours), against: median(against), ratio: median(ours) / median(against) };
  } finally {
    await registry.close();
  }
}
