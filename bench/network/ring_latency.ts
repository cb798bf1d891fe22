import { identityOf, newSecret } from "../../src/base/identity.ts";
import { Client } from "../../src/client/client.ts";
import { PeerClient } from "../../src/client/peer_client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import type { Figure } from "../figure.ts";
import { type PeerChild, startPeer } from "../registry_load.ts";
import { gpuBody } from "../registry_seed.ts";

const REGISTRIES = 5;
const EVENTS = 400;
const WARM_UP = 40;
const LIMIT_MS = 250;

/** How soon an event of one registry can be read, durable and checked, at each of the others. */
export const figure: Figure = {
  group: "network",
  name: "5 registries in a ring: event on one → visible on all, p99 / 250 ms",
  unit: "ms",
  aim: { op: "<=", value: 1 },
  async measure() {
    const peers: PeerChild[] = [];
    const stop = new AbortController();
    try {
      for (let i = 0; i < REGISTRIES; i++) peers.push(await startPeer());
      for (const [i, peer] of peers.entries()) {
        await peer.connect(peers[(i + 1) % REGISTRIES]?.url ?? peer.url);
      }
      const [home, ...others] = peers;
      if (home === undefined) throw new Error("no registry");
      const seen = others.map((other) => new Watch(other, home.node_id, stop.signal));
      const client = new Client({
        transport: httpTransport(base(home.url)),
        identity: identityOf(newSecret()),
        node_id: home.node_id,
      });
      await client.submit("gpu.register", gpuBody("gpu-1", 300_000));
      const delays_ms: number[] = [];
      for (let i = 0; i < WARM_UP + EVENTS; i++) {
        const start_ms = performance.now();
        const price_micros_per_hour = 300_000 + i;
        const body = { gpu_id: "gpu-1", price_micros_per_hour };
        const { seq } = await client.submit("gpu.update", body);
        const all = await Promise.all(seen.map((watch) => watch.sees(seq)));
        if (i >= WARM_UP) delays_ms.push(Math.max(...all) - start_ms);
      }
      delays_ms.sort((a, b) => a - b);
      const p99 = delays_ms[Math.floor(delays_ms.length * 0.99)] ?? NaN;
      const median = delays_ms[Math.floor(delays_ms.length / 2)] ?? NaN;
      const note = `median ${median.toFixed(1)} ms, from the sending of the intent`;
      return { ours: p99, against: LIMIT_MS, ratio: p99 / LIMIT_MS, note };
    } finally {
      stop.abort();
      await Promise.all(peers.map((peer) => peer.close()));
    }
  },
};

/** Follows a feed at one registry, and tells when each event was first seen there. */
class Watch {
  readonly #waiting = new Map<number, (at_ms: number) => void>();
  readonly #seen = new Map<number, number>();

  constructor(at: PeerChild, node_id: string, signal: AbortSignal) {
    const transport = httpTransport(base(at.url));
    const identity = identityOf(newSecret());
    const client = new PeerClient({ transport, identity, node_id: at.node_id });
    void this.#follow(client, node_id, signal);
  }

  sees(seq: number): Promise<number> {
    const at_ms = this.#seen.get(seq);
    if (at_ms !== undefined) return Promise.resolve(at_ms);
    return new Promise((resolve) => this.#waiting.set(seq, resolve));
  }

  async #follow(client: PeerClient, node_id: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const batch of client.tail(node_id, 0, signal)) {
          const at_ms = performance.now();
          const last_seq = batch?.checkpoint.seq ?? 0;
          for (let i = 0; i < (batch?.texts.length ?? 0); i++) this.#note(last_seq - i, at_ms);
        }
      } catch {
        // The registry doesn't hold the feed yet, or the measurement is over.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  #note(seq: number, at_ms: number): void {
    if (this.#seen.has(seq)) return;
    this.#seen.set(seq, at_ms);
    this.#waiting.get(seq)?.(at_ms);
  }
}

function base(url: URL): string {
  return url.href.replace(/\/$/, "");
}
