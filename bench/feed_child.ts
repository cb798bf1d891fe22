import { identityOf } from "../src/base/identity.ts";
import { systemClock } from "../src/base/clock.ts";
import { NODE_KEY_FILE } from "../src/base/keyfile.ts";
import { PKCS8_PREFIX } from "../src/base/identity.ts";
import { signed } from "../src/protocol/signed.ts";
import { listen } from "../src/registry/listen.ts";
import { openRegistry } from "../src/registry/registry.ts";
import { openStore } from "../src/store/store.ts";
import { marketFeed, NODE_SECRET, realSignatures } from "./market_feed.ts";

/**
 * A registry with a long feed, in a process of its own. Argument: how many events. Prints its URL,
 * its node id and the seq of its head.
 */
const COMMIT_EVENTS = 64;
const events = Number(Deno.args[0]);
const folder = await Deno.makeTempDir({ prefix: "horizon-bench-" });
const node = identityOf(NODE_SECRET);
await writeFeed();
const pem = new Uint8Array([...PKCS8_PREFIX, ...NODE_SECRET]).toBase64();
await Deno.writeTextFile(
  `${folder}/${NODE_KEY_FILE}`,
  `-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----\n`,
  { mode: 0o600 },
);
const main_url = new URL("../src/main.ts", import.meta.url).href;
const registry = await openRegistry({ folder, mode: "served", main_url });
const listener = await listen(registry, { host: "127.0.0.1", port: 0 });
const { seq } = registry.head();
console.log(JSON.stringify({ url: listener.url, node_id: registry.node_id, seq }));
for await (const _ of Deno.stdin.readable);
await listener.close();
await registry.close();
await Deno.remove(folder, { recursive: true });
Deno.exit(0);

async function writeFeed(): Promise<void> {
  const store = await openStore(folder, { clock: systemClock });
  const committer = store.committer((head) => signed({ ...head, node: node.id, epoch: 1 }, node));
  let group: Uint8Array[] = [];
  let count = 0;
  for (const { bytes, head } of marketFeed(realSignatures())) {
    group.push(bytes);
    if (++count % COMMIT_EVENTS !== 0 && count < events) continue;
    await committer.submit(group, head);
    group = [];
    if (count >= events) break;
  }
  await store.close();
}
