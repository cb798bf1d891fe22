import { openRegistry } from "../src/registry/registry.ts";
import { listen } from "../src/registry/listen.ts";
import { serveLocal } from "../src/registry/local.ts";
import { listGpus } from "./registry_seed.ts";

/**
 * A registry in a process of its own, as `horizon serve` is. Arguments: its mode, and how many proven
 * GPUs it lists from the start. Prints its URL, node id and data folder.
 */
const [mode, gpus] = Deno.args;
const folder = await Deno.makeTempDir();
const main_url = new URL("../src/main.ts", import.meta.url).href;
const registry = await openRegistry({
  folder,
  mode: mode === "embedded" ? "embedded" : "served",
  settings: { welcome_credit_micros: 1_000_000 },
  main_url,
});
await listGpus(registry, Number(gpus ?? 0));
const listener = await listen(registry, { host: "127.0.0.1", port: 0 });
const local = await serveLocal(registry, folder, listener);
console.log(JSON.stringify({ url: listener.url, node_id: registry.node_id, folder }));
// Its owner closes our standard input when it is done.
for await (const _ of Deno.stdin.readable);
await local.close();
await listener.close();
await registry.close();
await Deno.remove(folder, { recursive: true });
Deno.exit(0);
