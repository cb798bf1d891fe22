import { cheapestFirst, clearRound } from "../../src/auction/batch.ts";
import { Eligibility } from "../../src/auction/eligibility.ts";
import { encodeBulkBids } from "../../src/protocol/bulk_bids.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { type Figure, median } from "../figure.ts";
import { makeClients, post, requestOf, startRegistry } from "../registry_load.ts";
import { signEnvelope } from "../registry_seed.ts";

const CLIENTS = 4;
const ROUNDS = 4;
const GPUS = 20_000;
const FILTERS = Array.from({ length: LIMITS.bulk_filters }, (_, i) => `vram_gb>=${i + 1}`);

/** Prices so low that a client's welcome credit holds all rounds of them. */
const price = (i: number) => 1 + (i * 7919) % 997;

/**
 * Bids a second through the whole path (signed, sent, verified, decided, durable, answered), each
 * intent a full bulk, against the bids a second that the clearing alone matches in memory.
 */
export const figure: Figure = {
  group: "network",
  name: "bulk bids through HTTP, verified and durable / the same bids cleared in memory",
  unit: "bids/s",
  aim: null,
  async measure() {
    const registry = await startRegistry();
    try {
      const clients = await makeClients(registry, CLIENTS);
      const ours: number[] = [];
      const against: number[] = [];
      const sign_ms: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const signing_ms = performance.now();
        const bids = bulkOf(LIMITS.bulk_bids);
        const requests = await Promise.all(clients.map(async ({ identity }) => {
          const body = { where: FILTERS, bids, expires_at: null };
          return requestOf([await signEnvelope(identity, registry.node_id, "bid.bulk", body)]);
        }));
        sign_ms.push((performance.now() - signing_ms) / CLIENTS);
        const start_ms = performance.now();
        await Promise.all(clients.map((client, i) => post(client, requests[i]!)));
        ours.push(CLIENTS * LIMITS.bulk_bids / (performance.now() - start_ms) * 1000);
        against.push(clearedPerSecond(CLIENTS * LIMITS.bulk_bids));
      }
      for (const { http } of clients) http.close();
      const [a, b] = [median(ours), median(against)];
      const each_ms = LIMITS.bulk_bids / a * 1000;
      const note =
        `a bulk of ${LIMITS.bulk_bids}: ${each_ms.toFixed(1)} ms through the registry, ` +
        `and ${median(sign_ms).toFixed(1)} ms to make and sign at the client`;
      return { ours: a, against: b, ratio: a / b, note };
    } finally {
      await registry.close();
    }
  },
};

function bulkOf(count: number): string {
  return encodeBulkBids(Array.from({ length: count }, (_, i) => ({
    price_micros_per_hour: price(i),
    duration_s: 60,
    quantity: 1,
    where: i % FILTERS.length,
  })));
}

/** A whole round of the clearing, with its filters built anew. */
function clearedPerSecond(count: number): number {
  const limits = new Uint32Array(count).map((_, i) => price(i));
  const quantities = new Uint32Array(count).fill(1);
  const filters = new Uint32Array(count).map((_, i) => i % FILTERS.length);
  const asks = new Uint32Array(GPUS).map((_, i) => price(i * 31));
  const outcome = { fills: new Uint32Array(count), takers: new Uint32Array(GPUS) };
  const start_ms = performance.now();
  const cheapest = cheapestFirst(asks);
  const eligibility = new Eligibility(GPUS);
  for (let i = 0; i < FILTERS.length; i++) {
    eligibility.addFilter([eligibility.addTerm((row) => cheapest[row]! % 80 > i)]);
  }
  const sortedAsks = new Uint32Array(GPUS).map((_, row) => asks[cheapest[row]!]!);
  clearRound({ limits, quantities, filters }, sortedAsks, eligibility, outcome);
  return count / (performance.now() - start_ms) * 1000;
}
