import { assertEquals, assertStringIncludes } from "@std/assert";
import { Client, fetchNode } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import { identityOf, newSecret } from "../../src/base/identity.ts";
import { openAdapter } from "../../src/gpu/adapter.ts";
import { emptyState, evolve } from "../../src/market/market.ts";
import type { FeedEvent } from "../../src/protocol/feed.ts";
import { departuresOf, type FollowedHome } from "../../src/registry/departures.ts";
import { listen } from "../../src/registry/listen.ts";
import { openRegistry } from "../../src/registry/registry.ts";
import { listGpu } from "./listing.ts";
import { Person } from "./person.ts";
import { serve } from "./served.ts";

const MAIN_URL = new URL("../../src/main.ts", import.meta.url).href;
const hasAdapter = await openAdapter().then(() => true, () => false);
if (!hasAdapter) console.log("skipped, no GPU adapter: moves to the end");

/** Someone with a key whose configuration names the registry. */
async function client(url: string): Promise<Person> {
  const person = new Person();
  await person.json("init");
  await person.json("config", "--set", "registry", url);
  return person;
}

/** A second registry on loopback, which follows others by replaying their feeds when it is told to. */
async function openFollower(folder: string) {
  const followed = new Map<string, FollowedHome>();
  const registry = await openRegistry({
    folder,
    mode: "served",
    settings: { allow_software: true },
    main_url: MAIN_URL,
    departures: departuresOf((node_id) => followed.get(node_id)),
  });
  const listener = await listen(registry, { host: "127.0.0.1", port: 0 });
  return {
    url: listener.url,
    node_id: registry.node_id,
    async follow(url: string): Promise<void> {
      const transport = httpTransport(url);
      const { node_id } = await fetchNode(transport);
      const reader = new Client({ transport, identity: identityOf(newSecret()), node_id });
      const state = emptyState();
      const { events } = await reader.feed(node_id, { after: 0, limit: 1000 });
      const feed: FeedEvent[] = JSON.parse(JSON.stringify(events));
      for (const event of feed) evolve(state, event);
      followed.set(node_id, { state, contact_at: Date.now() });
      transport.close();
    },
    async close(): Promise<void> {
      await listener.close();
      await registry.close();
    },
  };
}

Deno.test({
  name: "an owner moves a GPU to a second registry, and back when that one is gone",
  ignore: !hasAdapter,
  // The Workers of the registries and the handles of the driver outlive the test.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using operator = new Person();
    await using first = await serve(operator, "--allow-software", "--move-wait-hours", "0");
    await using owner = await client(first.url);
    const second = await openFollower(`${operator.home}/second`);
    const { url, node_id } = second;
    const moving = ["gpu", "move", "rig-1", "--to", url];
    try {
      await owner.json("register-gpu", "--gpu-id", "rig-1", "--gpu-type", "auto", "--price", "0.3");
      assertEquals((await owner.refusal(...moving)).code, "no_terminal");
      assertEquals((await owner.run(moving, { typed: ["n"] })).code, 1);
      assertEquals((await owner.json("explore", "rig-1")).home, first.node_id, "nothing was done");

      const broken = await owner.refusal(...moving, "--yes");
      assertEquals(broken.code, "home_unknown");
      assertStringIncludes(broken.fix, `horizon network connect ${first.node_id}`);
      assertEquals((await owner.refusal("explore", "rig-1")).code, "gpu_moved", "it has left");
      const elsewhere = ["--gpu-id", "rig-1", "--gpu-type", "auto", "--price", "1"];
      assertEquals((await owner.refusal("register-gpu", ...elsewhere)).code, "home_epoch_stale");

      await second.follow(first.url);
      const moved = await owner.json(...moving, "--yes");
      assertEquals([moved.home, moved.home_epoch, moved.status], [node_id, 2, "listed"]);
      assertEquals((await owner.json(...moving, "--yes")).home_epoch, 2, "nothing is left to do");
      const view = await owner.json("explore", "rig-1", "--registry", url);
      assertEquals([view.price_micros_per_hour, view.home], [300_000, node_id]);

      await owner.json("config", "--set", "registry", url);
      await provideUntilOnline(owner);
    } finally {
      await second.close();
    }
    const back = ["gpu", "move", "rig-1", "--to", first.url];
    assertEquals((await owner.refusal(...back, "--yes")).code, "network");
    const returned = await owner.json(...back, "--abandon", "--yes");
    assertEquals([returned.home, returned.home_epoch], [first.node_id, 3]);
    assertEquals(returned.status, "listed", "this operator's wait is over at once");
  },
});

/** Runs `horizon provide` until it says that it is online. */
async function provideUntilOnline(owner: Person): Promise<void> {
  const stop = new AbortController();
  const { code, stdout } = await owner.run(["provide", "--unjailed", "--json"], {
    signal: stop.signal,
    onOutput: (text) => {
      if (text.includes('"online"')) stop.abort();
    },
  });
  assertStringIncludes(stdout, '"online"');
  assertEquals(code, 0);
}

Deno.test("a move that can't be is refused before anything is done", async () => {
  await using operator = new Person();
  await using served = await serve(operator);
  await using other = new Person();
  await using target = await serve(other);
  await using owner = await client(served.url);
  await using stranger = await client(served.url);
  await listGpu(owner, { gpu_id: "rig-1", price: "0.30" }, served.folder);
  await listGpu(stranger, { gpu_id: "taken", price: "0.30" }, served.folder);
  await listGpu(stranger, { gpu_id: "rig-1", price: "0.30" }, target.folder);
  const to = (url: string) => ["--to", url, "--yes"];
  for (
    const [args, code] of [
      [["nope", ...to(target.url)], "gpu_not_found"],
      [["taken", ...to(target.url)], "forbidden"],
      [["rig-1", ...to(target.url)], "gpu_exists"],
      [["rig-1", ...to(served.url)], "invalid_input"],
      [["rig-1", ...to("ftp://x")], "invalid_input"],
      [["rig-2", ...to(target.url), "--abandon"], "gpu_not_found"],
    ] as const
  ) {
    assertEquals((await owner.refusal("gpu", "move", ...args)).code, code, args.join(" "));
  }
  assertEquals((await owner.json("explore", "rig-1")).status, "listed");
  await owner.json("config", "--unset", "registry");
  const embedded = await owner.refusal("gpu", "move", "rig-1", ...to(target.url));
  assertEquals([embedded.code, embedded.exit], ["invalid_input", 2]);
});
