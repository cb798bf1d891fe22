import { assert, assertEquals } from "@std/assert";
import { LOCAL_TOKEN_HEADER } from "../../src/protocol/api.ts";
import { Cluster, connect, isUpToDate, newIdentity, until } from "../federation/cluster.ts";
import { sessionOf } from "../registry/harness.ts";
import { addLiar, linkTo, newLiar } from "./victims.ts";

Deno.test("a request is passed on once: no path leads round in a circle", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await connect(a, "b");
  await connect(b, "a");
  const code = async (path: string) => (await (await a.fetch(path)).json()).code;
  const [x, y] = [`/v1/homes/${a.node.id}`, `/v1/homes/${b.node.id}`];
  const before = cluster.asked.length;
  for (
    const path of [
      `${y}${x}/v1/node`,
      `${x}${x}/v1/node`,
      `${y}/v1/../v1/homes/${a.node.id}/v1/node`,
      `${y}//v1/node`,
      `${y}/metrics`,
      `${y}/healthz`,
      x.repeat(20) + "/v1/node",
    ]
  ) assert(["not_allowed", "not_found"].includes(await code(path)), path);
  // An encoded slash is no way round either: whatever the home makes of it, it passes nothing on.
  const encoded = await code(`${y}/v1%2Fhomes/${a.node.id}/v1/node`);
  assert(["not_allowed", "not_found"].includes(encoded), encoded);
  const twice = cluster.asked.slice(before).filter((line) => line.includes("/homes/"));
  assertEquals(twice, []);
  assertEquals(await code(`/v1/homes/${newIdentity().id}/v1/node`), "peer_not_found");
  assertEquals(await code(`/v1/homes/z6Mk/v1/node`), "peer_not_found");
});

Deno.test("a home sees neither this machine's token, nor cookies, nor who asked", async () => {
  await using cluster = new Cluster();
  const victim = await cluster.start("victim");
  const liar = await newLiar("liar");
  addLiar(cluster, "liar", liar);
  await connect(victim, "liar");
  liar.answers.set("/v1/gpus", () => {
    const headers = { "set-cookie": "a=b", [LOCAL_TOKEN_HEADER]: "x", "location": "http://a" };
    return Response.json({}, { headers });
  });
  const secret = { [LOCAL_TOKEN_HEADER]: "secret", cookie: "c=d", "x-forwarded-for": "10.0.0.1" };
  const answer = await victim.fetch(`/v1/homes/${liar.node.id}/v1/gpus`, { headers: secret });
  const seen = liar.requests.findLast(({ url }) => url.endsWith("/v1/gpus"));
  assert(seen !== undefined);
  for (const name of Object.keys(secret)) assertEquals(seen.headers.get(name), null, name);
  for (const name of ["set-cookie", "location", LOCAL_TOKEN_HEADER]) {
    assertEquals(answer.headers.get(name), null, name);
  }
});

Deno.test("a token of one registry opens nothing at another, straight or by way of a relay", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await connect(a, "b");
  // Even the token of b's own operator, had at a, is none at b.
  const headers = await sessionOf(a, b.node);
  const path = `/v1/peers/${a.node.id}/sync`;
  const straight = await b.fetch(path, { method: "POST", headers });
  assertEquals((await straight.json()).code, "session_invalid");
  const relayed = await a.fetch(`/v1/homes/${b.node.id}${path}`, { method: "POST", headers });
  assertEquals((await relayed.json()).code, "session_invalid");
});

Deno.test("nothing is passed on to a node that has lied", async () => {
  await using cluster = new Cluster();
  const victim = await cluster.start("victim");
  const liar = await newLiar("liar");
  addLiar(cluster, "liar", liar);
  await connect(victim, "liar");
  linkTo(victim, liar).quarantine("It has signed two events 3.");
  const answer = await victim.fetch(`/v1/homes/${liar.node.id}/v1/gpus`);
  assertEquals((await answer.json()).code, "quarantined");
  assert(!liar.requests.some(({ url }) => url.endsWith("/v1/gpus")));
});

Deno.test("a caller who leaves, or sends what can't be sent, takes nobody's way to the home away", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  const link = await connect(a, "b");
  await until(() => isUpToDate(a, b) && link.status.state === "live", "a follows b");
  const { transport } = await link.reach();
  const { fetch } = b;
  const asked = Promise.withResolvers<void>();
  const silent = Promise.withResolvers<Response>();
  b.fetch = () => {
    asked.resolve();
    return silent.promise;
  };
  const path = `/v1/homes/${b.node.id}/v1/gpus`;
  const leaving = new AbortController();
  const left = a.fetch(path, { signal: leaving.signal });
  await asked.promise;
  leaving.abort();
  // Nobody waits for this answer any more; what it says is of no use.
  await left.catch(() => undefined);
  // The home waits for the rest of a body that never comes.
  const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  const stuck = await a.fetch(`/v1/homes/${b.node.id}/v1/intents`, { method: "POST", body });
  assertEquals((await stuck.json()).code, "home_unreachable");
  b.fetch = fetch;
  silent.resolve(new Response());
  assertEquals(link.status.state, "live");
  assertEquals((await link.reach()).transport, transport);
});
