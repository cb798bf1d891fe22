import { openRegistry } from "../../src/registry/registry.ts";
import type { Figure } from "../figure.ts";
import { startFeed, verificationsPerSecond } from "../registry_load.ts";

const EVENTS = 100_000;
const VERIFICATIONS = 20_000;

/** How close a new peer's catching up comes to what the check of the signatures costs alone. */
export const figure: Figure = {
  group: "network",
  name:
    "a fresh peer catching up on 100,000 events, verified and durable / WebCrypto verifications",
  unit: "1/s",
  aim: { op: ">=", value: 0.5 },
  async measure() {
    const home = await startFeed(EVENTS);
    const folder = await Deno.makeTempDir({ prefix: "horizon-bench-" });
    const main_url = new URL("../../src/main.ts", import.meta.url).href;
    const federation = { private_peers: true };
    const peer = await openRegistry({ folder, mode: "served", main_url, federation });
    try {
      const target = home.url.href.replace(/\/$/, "");
      const start_ms = performance.now();
      const link = await peer.federation.connect({ target, alias: null });
      const elapsed_s = (performance.now() - start_ms) / 1000;
      const ours = (link.holder.replica.head?.seq ?? 0) / elapsed_s;
      const against = await verificationsPerSecond(VERIFICATIONS);
      return { ours, against, ratio: ours / against };
    } finally {
      await peer.close();
      await home.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
};
