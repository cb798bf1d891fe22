import { assert, assertEquals } from "@std/assert";
import { makeNodeRecord } from "../../src/federation/node_record.ts";
import { Cluster, connect, isUpToDate, newIdentity, until } from "../federation/cluster.ts";
import { accepted, gpuBody, newActor, sessionOf, type TestRegistry } from "../registry/harness.ts";

const PRIVATE = { federation: { peers_only: true } };

/** What a private registry must keep from strangers. */
const pathsOf = (registry: TestRegistry) => [
  `/v1/feeds/${registry.node.id}`,
  "/v1/events",
  "/v1/evidence",
];

async function codesOf(registry: TestRegistry, headers: HeadersInit): Promise<string[]> {
  const codes = [];
  for (const path of pathsOf(registry)) {
    for (const accept of ["application/json", "application/x-ndjson", "text/event-stream"]) {
      const all = new Headers(headers);
      all.set("accept", accept);
      const answer = await registry.fetch(path, { headers: all });
      if (answer.ok) {
        await answer.body?.cancel();
        codes.push("ok");
      } else codes.push((await answer.json()).code);
    }
  }
  return [...new Set(codes)];
}

Deno.test("with peers_only strangers and unconnected nodes read no feed, event or evidence", async () => {
  await using cluster = new Cluster();
  const registry = await cluster.start("private", PRIVATE);
  assertEquals(await codesOf(registry, {}), ["peers_only"]);
  assertEquals(await codesOf(registry, await sessionOf(registry, newIdentity())), ["peers_only"]);
  const false_token = { authorization: `Bearer ${"a".repeat(43)}` };
  assertEquals(await codesOf(registry, false_token), ["session_invalid"]);
  assertEquals(await codesOf(registry, await sessionOf(registry, registry.node)), ["ok"]);
  // The listings stay public.
  assertEquals((await registry.fetch("/v1/gpus")).status, 200);
});

Deno.test("with peers_only an introduction is refused, and nobody is dialled for it", async () => {
  await using cluster = new Cluster();
  const registry = await cluster.start("private", PRIVATE);
  const record = await makeNodeRecord(newIdentity(), ["http://other"], registry.clock.now());
  const path = `/v1/peers/${record.node_id}`;
  const answer = await registry.fetch(path, { method: "PUT", body: JSON.stringify(record) });
  assertEquals((await answer.json()).code, "peers_only");
  assertEquals([...registry.services.federation.links()].length, 0);
  assertEquals(cluster.asked.filter((line) => line.startsWith("private")), []);
});

Deno.test("two private registries follow each other once both operators have connected them", async () => {
  await using cluster = new Cluster();
  const a = await cluster.start("a", PRIVATE);
  const b = await cluster.start("b", PRIVATE);
  const link = await connect(a, "b");
  await until(() => /its peers alone/.test(link.status.reason ?? ""), "a is refused, and told why");
  assertEquals(link.holder.replica.taken_seq, 0);
  await connect(b, "a");
  await until(() => isUpToDate(b, a), "b has the feed of a");
  await until(() => isUpToDate(a, b), "a has the feed of b");
  // A third that none of them connected stays outside.
  const c = await cluster.start("c");
  const outside = await connect(c, "a");
  await until(() => /its peers alone/.test(outside.status.reason ?? ""), "c is refused");
  assertEquals(outside.holder.replica.taken_seq, 0);
  assert(a.services.federation.link(c.node.id) === undefined);
});

Deno.test("only the operator connects, disconnects and syncs", async () => {
  await using cluster = new Cluster();
  const registry = await cluster.start("a");
  const other = await cluster.start("b");
  await connect(registry, "b");
  const path = `/v1/peers/${other.node.id}`;
  const requests: [string, RequestInit][] = [
    ["/v1/peers", { method: "POST", body: '{"target":"http://b","alias":null}' }],
    [path, { method: "DELETE" }],
    [`${path}/sync`, { method: "POST" }],
  ];
  for (const [at, init] of requests) {
    const bare = await registry.fetch(at, init);
    assertEquals((await bare.json()).code, "session_invalid");
    const headers = await sessionOf(registry, other.node);
    const foreign = await registry.fetch(at, { ...init, headers });
    assertEquals((await foreign.json()).code, "forbidden");
  }
  assert(registry.services.federation.link(other.node.id) !== undefined);
});

Deno.test("with peers_only a stream ends when its reader is connected no more", async () => {
  await using cluster = new Cluster();
  const a = await cluster.start("a", PRIVATE);
  const b = await cluster.start("b");
  await connect(a, "b");
  const headers = { ...await sessionOf(a, b.node), accept: "text/event-stream" };
  const open = async (path: string) => (await a.fetch(path, { headers })).text();
  const { seq } = a.services.sequencer.head;
  const streams = [`/v1/feeds/${a.node.id}?after=${seq}`, `/v1/events?after=${seq}`].map(open);
  await until(() => a.services.streams.size >= 2, "both streams are open");
  await a.services.federation.disconnect(b.node.id);
  await accepted(a, newActor(), "gpu.register", gpuBody("secret-gpu"));
  for (const text of await Promise.all(streams)) assert(!text.includes("secret-gpu"));
});
