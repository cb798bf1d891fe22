import { TextLineStream } from "@std/streams/text-line-stream";
import { listen } from "../src/registry/listen.ts";
import { openRegistry } from "../src/registry/registry.ts";

/**
 * A registry that follows others, in a process of its own. Prints its URL and node id; each line of
 * its standard input is the URL of a registry to connect, which it answers with an empty object.
 */
const folder = await Deno.makeTempDir({ prefix: "horizon-bench-" });
const registry = await openRegistry({
  folder,
  mode: "served",
  settings: { welcome_credit_micros: 1_000_000 },
  federation: { private_peers: true },
  main_url: new URL("../src/main.ts", import.meta.url).href,
});
const listener = await listen(registry, { host: "127.0.0.1", port: 0 });
registry.follow([listener.url]);
console.log(JSON.stringify({ url: listener.url, node_id: registry.node_id }));
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const target of lines) {
  await registry.federation.connect({ target, alias: null });
  console.log("{}");
}
await listener.close();
await registry.close();
await Deno.remove(folder, { recursive: true });
Deno.exit(0);
