import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { fetchNode } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import { NETWORK, PROTOCOL_VERSION } from "../../src/protocol/feed.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { clientOf, node, TestServer } from "./server.ts";

function nodeInfo() {
  return {
    node_id: node.id,
    network: NETWORK,
    protocol: PROTOCOL_VERSION,
    software: "test",
    settings: {
      mode: "served",
      allow_software: false,
      welcome_credit_micros: 0,
      fee_bps: 0,
      offline_grace_ms: 0,
    },
    head: { seq: 0, hash: "0".repeat(64) },
    now: 0,
  };
}

async function refusal(work: () => Promise<unknown>): Promise<HorizonError> {
  return await assertRejects(work, HorizonError);
}

Deno.test("a registry that is down is a network error that names it", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  const error = await refusal(() => fetchNode(httpTransport(url)));
  assertEquals(error.code, "network");
  assertStringIncludes(error.message, url);
});

Deno.test("a host that doesn't exist is a network error", async () => {
  const error = await refusal(() => fetchNode(httpTransport("http://registry.invalid")));
  assertEquals(error.code, "network");
});

Deno.test("a registry that doesn't answer, or stops in the middle of its answer, is a timeout", async () => {
  const held = Promise.withResolvers<Response>();
  await using silent = new TestServer(() => held.promise);
  assertEquals(
    (await refusal(() => fetchNode(httpTransport(silent.url), { timeout_ms: 50 }))).code,
    "timeout",
  );
  held.resolve(new Response());
  const half = new TransformStream<Uint8Array, Uint8Array>();
  const writer = half.writable.getWriter();
  void writer.write(new TextEncoder().encode('{"node_id":'));
  await using stuck = new TestServer(() => new Response(half.readable));
  assertEquals(
    (await refusal(() => fetchNode(httpTransport(stuck.url), { timeout_ms: 50 }))).code,
    "timeout",
  );
  await writer.close().catch(() => undefined);
});

Deno.test("an interruption ends a request at once", async () => {
  const held = Promise.withResolvers<Response>();
  const asked = Promise.withResolvers<void>();
  await using server = new TestServer(() => {
    asked.resolve();
    return held.promise;
  });
  const stop = new AbortController();
  const work = refusal(() => fetchNode(httpTransport(server.url), { signal: stop.signal }));
  await asked.promise;
  stop.abort();
  assertEquals((await work).code, "interrupted");
  held.resolve(new Response());
  const late = await refusal(() => fetchNode(httpTransport(server.url), { signal: stop.signal }));
  assertEquals(late.code, "interrupted");
});

Deno.test("garbage of every kind is called garbage", async () => {
  const huge = new Uint8Array(LIMITS.request_bytes + 1).fill(0x20);
  const answers: [what: string, answer: () => Response][] = [
    ["nothing", () => new Response(null, { status: 204 })],
    ["a web page", () => new Response("<html>It works!</html>")],
    ["half of JSON", () => new Response('{"node_id":"z6')],
    ["bytes that are no text", () => new Response(new Uint8Array([0xff, 0xfe, 0xfd]))],
    ["another JSON", () => Response.json({ hello: 1 })],
    ["null", () => Response.json(null)],
    ["one field too many", () => Response.json({ ...nodeInfo(), extra: 1 })],
    ["a node id that is none", () => Response.json({ ...nodeInfo(), node_id: "z6Mk" })],
    ["an endless answer", () => new Response(huge)],
    ["a redirect", () => Response.redirect("http://registry.invalid/", 302)],
    ["an error page", () => new Response("Bad gateway", { status: 502 })],
    ["a problem that is none", () => problem('{"detail":1}')],
    ["a problem that is no JSON", () => problem("oops")],
    ["a huge problem", () => problem(JSON.stringify({ detail: "x".repeat(100_000) }))],
  ];
  for (const [what, answer] of answers) {
    await using server = new TestServer(answer);
    const error = await refusal(() => fetchNode(httpTransport(server.url)));
    assertEquals(error.code, "bad_gateway", what);
    assert(error.message.length < 500, what);
  }
});

Deno.test("a registry of another protocol is told apart from garbage", async () => {
  await using server = new TestServer(() => Response.json({ ...nodeInfo(), protocol: 99 }));
  assertEquals(
    (await refusal(() => fetchNode(httpTransport(server.url)))).code,
    "unsupported_version",
  );
});

Deno.test("a problem document is the error that it tells of, its text bounded", async () => {
  const document = {
    type: "urn:horizon:error:gpu_not_found",
    title: "No such GPU",
    status: 404,
    detail: "There is no GPU x." + "!".repeat(5000),
    code: "gpu_not_found",
    fix: "Look again.",
    details: { gpu_id: "x" },
  };
  await using server = new TestServer(() => problem(JSON.stringify(document), 404));
  const error = await refusal(() => clientOf(server.url).gpu("x"));
  assertEquals(error.code, "gpu_not_found");
  assertEquals(error.fix, "Look again.");
  assertEquals(error.details, { gpu_id: "x" });
  assertEquals(error.message.length, LIMITS.text_chars);
});

Deno.test("what a path names can't climb out of it", async () => {
  await using server = new TestServer(() => problem("oops"));
  await refusal(() => clientOf(server.url).gpu("../node?x#y"));
  assertEquals(server.urls[0]?.pathname, "/v1/gpus/..%2Fnode%3Fx%23y");
});

function problem(body: string, status = 500): Response {
  return new Response(body, { status, headers: { "Content-Type": "application/problem+json" } });
}
