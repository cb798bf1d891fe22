import { listenGrpc } from "../src/registry/grpc/listen.ts";
import { openRegistry } from "../src/registry/registry.ts";
import { listGpus } from "./registry_seed.ts";

/**
 * A registry with a gRPC port in a process of its own. Argument: how many proven GPUs it lists. Prints
 * its URL, where gRPC is spoken.
 */
const folder = await Deno.makeTempDir();
const main_url = new URL("../src/main.ts", import.meta.url).href;
const registry = await openRegistry({ folder, mode: "embedded", main_url });
await listGpus(registry, Number(Deno.args[0] ?? 0));
const listener = await listenGrpc(
  registry.fetch,
  { host: "127.0.0.1", port: 0 },
  (doing, thrown) => console.error(doing, thrown),
);
const url = `http://127.0.0.1:${listener.port}`;
console.log(JSON.stringify({ url, node_id: registry.node_id, folder }));
// Its owner closes our standard input when it is done.
for await (const _ of Deno.stdin.readable);
await listener.close();
await registry.close();
await Deno.remove(folder, { recursive: true });
Deno.exit(0);
