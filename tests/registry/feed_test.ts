import { assert, assertEquals } from "@std/assert";
import { decodeBase64Url } from "@std/encoding/base64url";
import { ServerSentEventParseStream } from "@std/http/server-sent-event-parse-stream";
import { sha256Hex } from "../../src/base/hash.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { verifySignature } from "../../src/base/signature.ts";
import { FeedPage } from "../../src/protocol/api.ts";
import { GENESIS_PREV } from "../../src/protocol/feed.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { accepted, gpuBody, newActor, openTest, type TestRegistry } from "./harness.ts";

async function register(registry: TestRegistry, from: number, count: number): Promise<void> {
  const owner = newActor();
  for (let i = from; i < from + count; i++) {
    await accepted(registry, owner, "gpu.register", gpuBody(`gpu-${i}`));
  }
}

async function tick({ services: { sequencer } }: TestRegistry, count: number): Promise<void> {
  for (let i = 0; i < count; i++) sequencer.advance({ type: "tick", data: {} });
  await sequencer.feed.whenDurable(sequencer.head.seq);
}

/** The next ids of a stream; it is left open. */
async function nextIds(response: Response, count: number): Promise<number[]> {
  assert(response.body !== null);
  const messages = response.body
    .pipeThrough(new ServerSentEventParseStream()).getReader();
  const ids: number[] = [];
  while (ids.length < count) {
    const { value, done } = await messages.read();
    if (done) break;
    if (value.id !== undefined) ids.push(Number(value.id));
  }
  await messages.cancel();
  return ids;
}

Deno.test("a page of the feed is a hash chain that ends in a signed checkpoint", async () => {
  await using registry = await openTest();
  await register(registry, 0, 5);
  const response = await registry.fetch(`/v1/feeds/${registry.node.id}?limit=1000`);
  const { events, checkpoint } = FeedPage.parse(await response.json());
  let prev = GENESIS_PREV;
  for (const event of events) {
    assertEquals(event.prev, prev);
    prev = sha256Hex(canonicalBytes(event));
  }
  assertEquals(checkpoint.hash, prev);
  const { sig, ...signed } = checkpoint;
  const { id, public_key } = registry.node;
  assert(
    await verifySignature(id, public_key, decodeBase64Url(sig).slice(), canonicalBytes(signed)),
  );
  const later = await registry.fetch(`/v1/feeds/${registry.node.id}?after=3&limit=2`);
  assertEquals(FeedPage.parse(await later.json()).events.map(({ seq }) => seq), [4, 5]);
  assertEquals((await registry.fetch(`/v1/feeds/${newActor().id}`)).status, 404);
});

Deno.test("a stream carries on after the id that a client has seen, old events and new", async () => {
  await using registry = await openTest();
  await register(registry, 0, 3);
  const after = await registry.fetch("/v1/events?after=1");
  assertEquals(await nextIds(after, 3), [2, 3, 4]);
  const headers = { "last-event-id": "3" };
  const resumed = nextIds(await registry.fetch("/v1/events?after=1", { headers }), 3);
  await register(registry, 3, 2);
  assertEquals(await resumed, [4, 5, 6], "the header says more than the query");
  const fresh = await registry.fetch("/v1/events");
  const coming = nextIds(fresh, 1);
  await register(registry, 5, 1);
  assertEquals(await coming, [7], "without a place it begins with what comes");
});

Deno.test("a client that falls behind is dropped, and can take up where it was", async () => {
  await using registry = await openTest();
  const { feedStream } = registry.services;
  const controller = new AbortController();
  const slow = feedStream.follow(0, controller);
  assertEquals((await slow.next()).value?.id, 1);
  const second = slow.next();
  await tick(registry, 1);
  assertEquals((await second).value?.id, 2, "it is up to date, and then takes no more");
  const waiting = feedStream.follow(2, new AbortController());
  const third = waiting.next();
  await tick(registry, LIMITS.sse_backlog_events + 1);
  assert(controller.signal.aborted, "it was dropped");
  assertEquals((await slow.next()).done, true);
  assertEquals((await third).value?.id, 3, "one that waited is not behind");
  await waiting.return(undefined);
});

Deno.test("streams end when the registry closes", async () => {
  const registry = await openTest();
  const response = await registry.fetch("/v1/events");
  const rest = response.text();
  await registry[Symbol.asyncDispose]();
  assertEquals(await rest, "");
});
