import { API_BASE } from "../../src/protocol/api.ts";
import { type Figure, median } from "../figure.ts";
import { RawHttp } from "../raw_http.ts";
import {
  checkOk,
  makeClients,
  post,
  signedRequest,
  signUpdate,
  startListing,
} from "../registry_load.ts";

const GPUS = 10_000;
const FILTERS = 100;

/** What a page costs that can't come from a cache: another filter each time, each after a write. */
export const figure: Figure = {
  group: "network",
  name: "100 filters over 10,000 GPUs, each after a write / the page that is kept",
  unit: "ms",
  aim: null,
  async measure() {
    const registry = await startListing(GPUS);
    const [client] = await makeClients(registry, 1);
    if (client === undefined) throw new Error("no client");
    const timed = async (path: string) => {
      const request = RawHttp.request("GET", path);
      const start_ms = performance.now();
      checkOk(await client.http.send(request));
      return performance.now() - start_ms;
    };
    const fresh: number[] = [];
    const kept: number[] = [];
    for (let i = 0; i < FILTERS; i++) {
      await post(client, await signedRequest(client, registry.node_id, 1, signUpdate));
      const price = (1.9 - i / 100).toFixed(2);
      const where = `vram_gb>=${8 + i % 40} fp32_gflops>=${10_000 + 150 * i} price<${price}`;
      const path = `${API_BASE}/gpus?limit=50&where=${encodeURIComponent(where)}`;
      fresh.push(await timed(path));
      kept.push(await timed(path));
    }
    client.http.close();
    await registry.close();
    const [ours, against] = [median(fresh), median(kept)];
    const worst_ms = Math.max(...fresh).toFixed(1);
    return { ours, against, ratio: ours / against, note: `slowest ${worst_ms} ms` };
  },
};
