import { encodeBase64Url } from "@std/encoding/base64url";
import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { clientOf, node, TestServer } from "./server.ts";

function refused(code: string, status: number): Response {
  const problem = { type: "t", title: "t", status, detail: "no", code };
  return new Response(JSON.stringify(problem), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });
}

function receipt(body: string): Response {
  const { envelopes } = JSON.parse(body);
  const results = [{
    ok: true,
    intent_sha256: sha256Hex(canonicalBytes(envelopes[0].intent)),
    seq: 41,
    at: 1,
    type: "lease.ended",
    data: {},
  }];
  const rest = { node: node.id, results };
  return Response.json({ ...rest, sig: encodeBase64Url(node.sign(canonicalBytes(rest))) });
}

Deno.test("a registry that is busy gets the same signed intent again, byte for byte", async () => {
  const bodies: string[] = [];
  await using server = new TestServer(async (request) => {
    bodies.push(await request.text());
    return bodies.length < 3 ? refused("busy", 503) : receipt(bodies.at(-1) ?? "");
  });
  const waits: number[] = [];
  const client = clientOf(server.url, (ms) => {
    waits.push(ms);
    return Promise.resolve();
  });
  assertEquals((await client.submit("lease.end", { lease_id: "lease_1" })).seq, 41);
  assertEquals(new Set(bodies).size, 1);
  assertEquals(bodies.length, 3);
  assertEquals(waits.length, 2);
});

Deno.test("it gives up in the end, with the registry's own error", async () => {
  await using server = new TestServer(() => refused("busy", 503));
  const work = () => clientOf(server.url).submit("lease.end", { lease_id: "lease_1" });
  assertEquals((await assertRejects(work, HorizonError)).code, "busy");
  assertEquals(server.urls.length, 4);
});

Deno.test("a registry that is away for a moment is asked again, also for a read", async () => {
  let count = 0;
  await using server = new TestServer(() =>
    ++count < 3 ? refused("no_leader", 503) : Response.json({})
  );
  const error = await assertRejects(() => clientOf(server.url).gpu("x"), HorizonError);
  assertEquals([error.code, server.urls.length], ["bad_gateway", 3]);
});

Deno.test("a refusal is not asked for twice, and neither is a busy registry for a read", async () => {
  await using server = new TestServer(() => refused("forbidden", 403));
  const client = clientOf(server.url);
  await assertRejects(() => client.submit("lease.end", { lease_id: "lease_1" }), HorizonError);
  assertEquals(server.urls.length, 1);
  await using down = new TestServer(() => refused("busy", 503));
  await assertRejects(() => clientOf(down.url).gpu("x"), HorizonError);
  assertEquals(down.urls.length, 1);
});

Deno.test("after a write, reads ask for a state that shows it", async () => {
  await using server = new TestServer(async (request) =>
    request.method === "POST" ? receipt(await request.text()) : refused("busy", 503)
  );
  const client = clientOf(server.url);
  await assertRejects(() => client.lease("lease_1"), HorizonError);
  await client.submit("lease.end", { lease_id: "lease_1" });
  await assertRejects(() => client.lease("lease_1"), HorizonError);
  const asked = server.urls.map(({ searchParams }) => searchParams.get("min_seq"));
  assertEquals(asked, [null, null, "41"]);
});
