import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { makeNodeRecord } from "../../src/federation/node_record.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { FEED_LINES_TYPE } from "../../src/protocol/network.ts";
import { Cluster, connect, newIdentity, until } from "../federation/cluster.ts";
import type { TestRegistry } from "../registry/harness.ts";
import { eventsOf, LyingPeer } from "./lying_peer.ts";
import { addLiar, evidenceIds, holds, newLiar } from "./victims.ts";

const encoder = new TextEncoder();

async function refusal(work: Promise<unknown>): Promise<HorizonError> {
  return await assertRejects(() => work, HorizonError);
}

/** A body that gives the same bytes for ever, until nobody reads it any more. */
function endless(text: string, type: string): { response: Response; given: () => number } {
  const bytes = encoder.encode(text);
  let given = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(stream) {
      given += bytes.length;
      stream.enqueue(bytes);
    },
  }, { highWaterMark: 0 });
  const response = new Response(body, { headers: { "content-type": type } });
  return { response, given: () => given };
}

async function scene(cluster: Cluster): Promise<{ victim: TestRegistry; liar: LyingPeer }> {
  const liar = await newLiar("liar");
  addLiar(cluster, "liar", liar);
  return { victim: await cluster.open("victim"), liar };
}

const feedPath = (liar: LyingPeer) => `/v1/feeds/${liar.node.id}`;

/** What a peer may answer with instead of the list of its peers. */
const PEERS: Record<string, () => Response> = {
  "invalid JSON": () => new Response('{"self":'),
  "no object": () => Response.json([]),
  "a web page": () => new Response("<html>", { headers: { "content-type": "text/html" } }),
  "fields that nobody knows": () => Response.json({ self: null, extra: 1 }),
  "too many bytes": () => endless("[[],".repeat(4096), "application/json").response,
  "bytes that are no text": () => new Response(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])),
  "a redirect": () => new Response(null, { status: 302, headers: { location: "http://home/" } }),
  "an error without a document": () => new Response("no", { status: 500 }),
};

for (const [what, answer] of Object.entries(PEERS)) {
  Deno.test(`a peer that answers with ${what} is refused as no registry`, async () => {
    await using cluster = new Cluster();
    const { victim, liar } = await scene(cluster);
    liar.answers.set("/v1/peers", answer);
    assertEquals((await refusal(connect(victim, "liar"))).code, "bad_gateway");
  });
}

/** What a peer may answer with instead of its feed. */
const FEEDS: Record<string, () => Response> = {
  "another content type": () => Response.json([]),
  "a line without an end": () => endless("x".repeat(65_536), FEED_LINES_TYPE).response,
  "a commit without an end": () => endless('{"at":1}\n'.repeat(8192), FEED_LINES_TYPE).response,
  "a commit cut off": () =>
    new Response('{"at":1}\n', { headers: { "content-type": FEED_LINES_TYPE } }),
  "a checkpoint that is none": () =>
    new Response('{"at":1}\n{"checkpoint":{}}\n', { headers: { "content-type": FEED_LINES_TYPE } }),
  "a checkpoint without events": () =>
    new Response('{"checkpoint":{}}\n', { headers: { "content-type": FEED_LINES_TYPE } }),
};

for (const [what, answer] of Object.entries(FEEDS)) {
  Deno.test(`a feed that is ${what} is refused, and convicts nobody`, async () => {
    await using cluster = new Cluster();
    const { victim, liar } = await scene(cluster);
    liar.answers.set(feedPath(liar), answer);
    const { code } = await refusal(connect(victim, "liar"));
    assertEquals(code, "bad_gateway");
    assertEquals(evidenceIds(victim), []);
  });
}

Deno.test("a stream with a line without an end is given up, and asked for again", async () => {
  await using cluster = new Cluster();
  const liar = await newLiar("liar");
  addLiar(cluster, "liar", liar);
  const victim = await cluster.start("victim");
  const link = await connect(victim, "liar");
  await holds(victim, liar, liar.feed.at(-1)?.checkpoint.seq ?? 0);
  await using again = await newLiar("liar");
  assert(again.node.id !== liar.node.id);
  let given = () => 0;
  liar.answers.set(feedPath(liar), (request) => {
    if (request.headers.get("accept") !== "text/event-stream") {
      return new Response("", { headers: { "content-type": FEED_LINES_TYPE } });
    }
    const stream = endless("data: " + "x".repeat(65_530), "text/event-stream");
    ({ given } = stream);
    return stream.response;
  });
  cluster.cut("liar");
  cluster.heal("liar");
  await until(() => /has no end/.test(link.status.reason ?? ""), "it is given up");
  assert(given() < 4 * LIMITS.journal_batch_bytes, `${given()} bytes were read`);
  assertEquals([link.status.state, link.status.trust], ["unreachable", "checked"]);
});

Deno.test("a source that gives the same commits for ever is left", async () => {
  await using cluster = new Cluster();
  const { victim, liar } = await scene(cluster);
  const first = liar.feed.slice(0, 1);
  const relay = new LyingPeer(liar.node, "http://liar", victim.clock);
  relay.feed = first;
  const [batch] = first;
  assert(batch !== undefined);
  const text = [...batch.texts, `{"checkpoint":${JSON.stringify(batch.checkpoint)}}`].join("\n");
  liar.answers.set(
    feedPath(liar),
    () => new Response(`${text}\n`, { headers: { "content-type": FEED_LINES_TYPE } }),
  );
  const error = await refusal(connect(victim, "liar"));
  assertEquals(error.code, "bad_gateway");
  assert(/not asked for/.test(error.message), error.message);
});

Deno.test("events out of order are garbage, taken from nobody", async () => {
  await using cluster = new Cluster();
  const { victim, liar } = await scene(cluster);
  liar.feed = liar.feed.toReversed();
  assertEquals((await refusal(connect(victim, "liar"))).code, "bad_gateway");
  assertEquals(evidenceIds(victim), []);
});

Deno.test("an event from the future stops the follow with its reason, until its time has come", async () => {
  await using cluster = new Cluster();
  // Nothing falls due on an empty market.
  const home = await cluster.open("home");
  const liar = await LyingPeer.of(home, "liar");
  addLiar(cluster, "liar", liar);
  const victim = await cluster.start("victim");
  const link = await connect(victim, "liar");
  const honest = liar.feed.at(-1)?.checkpoint.seq ?? 0;
  await holds(victim, liar, honest);
  const at = victim.clock.now() + 2 * LIMITS.clock_jump_ms;
  assert(at > (eventsOf(liar.feed).at(-1)?.at ?? 0));
  liar.feed = [...liar.feed, await liar.commit([{ at, data: {}, type: "tick", v: 1 }])];
  liar.wake();
  await until(() => link.status.state === "unreachable", "the follow has stopped");
  assert(/minutes after this registry's clock/.test(link.status.reason ?? ""));
  assertEquals([link.status.trust, link.holder.replica.taken_seq], ["checked", honest]);
  victim.clock.pass(2 * LIMITS.clock_jump_ms);
  await until(() => link.holder.replica.taken_seq === honest + 1, "it is taken then");
});

Deno.test("a feed may take no more of the disk than it is given", async () => {
  await using cluster = new Cluster();
  const liar = await newLiar("liar");
  addLiar(cluster, "liar", liar);
  const victim = await cluster.open("victim", { federation: { replica_bytes: 2 * 1024 * 1024 } });
  const at = eventsOf(liar.feed).at(-1)?.at;
  const tick = { at, data: {}, type: "tick", v: 1 };
  for (let i = 0; i < 60; i++) {
    liar.feed.push(await liar.commit(Array.from({ length: 1_000 }, () => tick)));
  }
  const error = await refusal(connect(victim, "liar"));
  assertEquals(error.code, "limit_reached");
  const link = victim.services.federation.link(liar.node.id);
  const taken_seq = link?.holder.replica.taken_seq ?? 0;
  assert(taken_seq > 0 && taken_seq < 59_000, `${taken_seq} events were taken`);
});

/** What `connect` says of what it can't connect. */
Deno.test("what can't be connected is said by its code, and nobody is listed for it", async () => {
  await using cluster = new Cluster();
  const { victim, liar } = await scene(cluster);
  const { federation } = victim.services;
  await cluster.start("web");
  const codeOf = async (target: string) =>
    (await refusal(federation.connect({ target, alias: null }))).code;
  assertEquals(await codeOf("http://victim"), "own_node");
  assertEquals(await codeOf(victim.node.id), "own_node");
  assertEquals(await codeOf(newIdentity().id), "peer_not_found");
  assertEquals(await codeOf("http://nowhere"), "network");
  liar.answers.set("/v1/node", () => new Response("<html>hello"));
  assertEquals(await codeOf("http://liar"), "bad_gateway");
  liar.answers.delete("/v1/node");
  liar.info = { network: "horizon-2" };
  assertEquals(await codeOf("http://liar"), "unsupported_version");
  liar.info = { protocol: 2 };
  assertEquals(await codeOf("http://liar"), "unsupported_version");
  assertEquals([...federation.links()].length, 0);
});

Deno.test("a node that answers as another is not taken for it", async () => {
  await using cluster = new Cluster();
  const { victim, liar } = await scene(cluster);
  const home = await cluster.start("home");
  // It says that it is home, and can't sign so.
  liar.info = { node_id: home.node.id };
  assertEquals((await refusal(connect(victim, "liar"))).code, "wrong_node");
  assertEquals([...victim.services.federation.links()].length, 0);
  // A node whose address another has taken over.
  liar.info = {};
  const link = await connect(victim, "home");
  await until(() => link.holder.replica.taken_seq > 0, "the feed is there");
  await link.lost(new Error("cut"), await link.reach());
  cluster.replace("home", liar);
  const error = await refusal(link.reach());
  assertEquals(error.code, "wrong_node");
  cluster.replace("home", home);
});

Deno.test("invented nodes are bounded, and leave room for whom the operator wants", async () => {
  await using cluster = new Cluster();
  const { victim, liar } = await scene(cluster);
  const { federation } = victim.services;
  const now = victim.clock.now();
  let refused = 0;
  for (let i = 0; i < 1_000; i++) {
    const record = await makeNodeRecord(newIdentity(), [`http://made-up-${i}`], now + i);
    const path = `/v1/peers/${record.node_id}`;
    const answer = await victim.fetch(path, { method: "PUT", body: JSON.stringify(record) });
    if ((await answer.json()).code === "limit_reached") refused++;
  }
  assertEquals(refused, 1_000 - LIMITS.peers_strange);
  assertEquals([...federation.links()].length, LIMITS.peers_strange);
  await connect(victim, "liar");
  assertEquals([...federation.links()].length, LIMITS.peers_strange + 1);
  // Their records are dated as late as they like: they are forgotten all the same.
  victim.clock.pass(LIMITS.peer_stranger_ms + 1);
  await federation.book.forgetStrangers();
  assertEquals([...federation.links()].map(({ node_id }) => node_id), [liar.node.id]);
});

Deno.test("a full table of nodes that were told of gives way to one that the operator wants", async () => {
  await using cluster = new Cluster();
  const { victim, liar } = await scene(cluster);
  const { federation } = victim.services;
  while ([...federation.links()].length < LIMITS.peers) {
    const record = await makeNodeRecord(newIdentity(), ["http://told"], victim.clock.now());
    await federation.introduce(record);
    // It was reached once, so that it counts as no stranger.
    federation.link(record.node_id)?.contact();
  }
  await connect(victim, "liar");
  assertEquals([...federation.links()].length, LIMITS.peers);
  assert(federation.link(liar.node.id)?.entry.connected);
});

Deno.test("a record signed by another, or put under another's name, is refused", async () => {
  await using cluster = new Cluster();
  const { victim } = await scene(cluster);
  const [one, other] = [newIdentity(), newIdentity()];
  const record = await makeNodeRecord(one, ["http://one"], victim.clock.now());
  const put = async (path: string, body: unknown) => {
    const init = { method: "PUT", body: JSON.stringify(body) };
    return (await (await victim.fetch(`/v1/peers/${path}`, init)).json()).code;
  };
  assertEquals(await put(other.id, record), "wrong_node");
  assertEquals(await put(other.id, { ...record, node_id: other.id }), "wrong_node");
  assertEquals(await put(one.id, { ...record, urls: ["http://other"] }), "wrong_node");
  assertEquals(await put(one.id, { ...record, urls: ["file:///etc/passwd"] }), "invalid_input");
  assertEquals(await put(one.id, { ...record, network: "horizon-2" }), "unsupported_version");
  assertEquals([...victim.services.federation.links()].length, 0);
});
