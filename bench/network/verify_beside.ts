import { API_BASE } from "../../src/protocol/api.ts";
import { type Figure, type Measured, median } from "../figure.ts";
import { RawHttp } from "../raw_http.ts";
import {
  checkOk,
  type LoadClient,
  makeClients,
  post,
  signedRequest,
  signUpdate,
  startVerifying,
  type VerifyingChild,
} from "../registry_load.ts";

const CLIENTS = 8;
const ROUNDS = 5;
/** Proofs that are being checked at one time. */
const PROOFS = 4;
/** Pairs of a write and a read of each client in a round. */
const REQUESTS = 250;
/** A client's pause between two pairs: the registry is busy, and not overrun. */
const PAUSE_MS = 5;
const LISTING = RawHttp.request("GET", `${API_BASE}/gpus?all=true&limit=50`);

/** What checking proofs costs those who read and write meanwhile. */
export const figure: Figure = {
  group: "network",
  name: "p99 of reads and writes with 4 proofs verified at a time / with none",
  unit: "ms",
  aim: { op: "<=", value: 2 },
  async measure() {
    const registry = await startVerifying(PROOFS);
    try {
      return await measureOn(registry);
    } finally {
      await registry.close();
    }
  },
};

async function measureOn(registry: VerifyingChild): Promise<Measured> {
  const clients = await makeClients(registry, CLIENTS);
  const during: number[] = [];
  const before: number[] = [];
  let checked = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const quiet = await p99Of(registry, clients);
    const from = await registry.toggle();
    const loaded = await p99Of(registry, clients);
    const to = await registry.toggle();
    // The first round warms up.
    if (round === 0) continue;
    checked += to - from;
    before.push(quiet);
    during.push(loaded);
  }
  for (const { http } of clients) http.close();
  const [ours, against] = [median(during), median(before)];
  const note = `${CLIENTS} clients; ${checked} proofs of a 24 GB card checked meanwhile`;
  return { ours, against, ratio: ours / against, note };
}

/** The 99th percentile of what writes and reads take, in milliseconds. */
async function p99Of(registry: VerifyingChild, clients: readonly LoadClient[]): Promise<number> {
  const times_ms: number[] = [];
  await Promise.all(clients.map(async (client) => {
    for (let i = 0; i < REQUESTS; i++) {
      const request = await signedRequest(client, registry.node_id, 1, signUpdate);
      const start_ms = performance.now();
      await post(client, request);
      const written_ms = performance.now();
      checkOk(await client.http.send(LISTING));
      times_ms.push(written_ms - start_ms, performance.now() - written_ms);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }));
  times_ms.sort((a, b) => a - b);
  return times_ms[Math.floor(times_ms.length * 0.99)] ?? NaN;
}
