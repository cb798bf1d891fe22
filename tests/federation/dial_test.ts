import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { call } from "../../src/client/caller.ts";
import { dialer, type PinnedTransport } from "../../src/federation/dial.ts";

const TLS = new URL("../cli/tls/", import.meta.url);
const pem = (name: string) => Deno.readTextFileSync(new URL(name, TLS));
const neverAsked = () => Promise.reject(new Error("nobody should look a name up"));

/** A loopback server that keeps the URLs that it was asked for. */
function server(answer: (request: Request) => Response, tls = false) {
  const asked: string[] = [];
  const handler = (request: Request) => {
    asked.push(request.url);
    return answer(request);
  };
  const settings = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const running = tls
    ? Deno.serve({ ...settings, cert: pem("cert.pem"), key: pem("key.pem") }, handler)
    : Deno.serve(settings, handler);
  return { asked, port: running.addr.port, [Symbol.asyncDispose]: () => running.shutdown() };
}

const hello = () => Response.json({ hello: "peer" });

/** What the registry answers through the very code that calls it. */
function get(transport: PinnedTransport): Promise<unknown> {
  return call(transport, "/v1/node", {}, (response) => response.json());
}

async function refused(code: string, promise: Promise<unknown>): Promise<HorizonError> {
  const error = await assertRejects(() => promise, HorizonError);
  assertEquals(error.code, code, error.message);
  return error;
}

Deno.test("addresses that aren't public are refused in every spelling, without a lookup", async () => {
  const dial = dialer({ private_peers: false, resolve: neverAsked });
  const hosts = ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "①②⑦.0.0.1"];
  hosts.push("[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fd00::1]");
  hosts.push("169.254.169.254", "10.1.2.3", "100.64.0.1", "192.168.1.1", "[fe80::1]", "0.0.0.0");
  for (const host of hosts) {
    for (const scheme of ["http", "https"]) {
      await refused("private_address", dial(`${scheme}://${host}:8420`));
    }
  }
  const error = await refused("private_address", dial("http://10.1.2.3:8420"));
  assertStringIncludes(error.fix ?? "", "horizon serve --private-peers");
  assertStringIncludes(error.fix ?? "", "private_peers");
});

Deno.test("addresses that no registry can have are refused with private peers too", async () => {
  const dial = dialer({ private_peers: true, resolve: neverAsked });
  const hosts = ["0.0.0.0", "[::]", "224.0.0.1", "[ff02::1]", "255.255.255.255", "169.254.169.254"];
  for (const host of hosts) {
    await refused("private_address", dial(`http://${host}:8420`));
  }
});

Deno.test("a URL that is no registry's is refused before anything is looked up", async () => {
  const dial = dialer({ private_peers: true, resolve: neverAsked });
  for (const url of ["ftp://a.test", "http://u:p@a.test", "http://a.test/", "a.test", ""]) {
    const error = await refused("invalid_input", dial(url));
    assert(!error.message.includes("u:p"));
  }
});

Deno.test("a name of which one address is private is refused, wherever it stands", async () => {
  for (const answer of [["192.0.2.1", "1.1.1.1"], ["1.1.1.1", "127.0.0.1"], ["1.1.1.1", "::1"]]) {
    const dial = dialer({ private_peers: false, resolve: () => Promise.resolve(answer) });
    await refused("private_address", dial("http://mixed.test:8420"));
  }
});

Deno.test("a resolver's answers that are no addresses, none, or too many are refused", async () => {
  const by = (answer: string[]) =>
    dialer({ private_peers: true, resolve: () => Promise.resolve(answer) })("http://odd.test");
  await refused("private_address", by(["fe80::1%lo"]));
  await refused("network", by([]));
  await refused("network", by(Array.from({ length: 17 }, (_, i) => `1.1.1.${i}`)));
  const failing = dialer({ private_peers: true, resolve: neverAsked });
  await refused("network", failing("http://nowhere.invalid"));
});

Deno.test("a name is looked up once; what it resolves to later has no effect", async () => {
  let lookups = 0;
  const resolve = () => Promise.resolve(++lookups === 1 ? ["1.1.1.1"] : ["127.0.0.1"]);
  const transport = await dialer({ private_peers: false, resolve })("http://rebound.test:8420");
  try {
    assertEquals([transport.endpoint, lookups], ["1.1.1.1:8420", 1]);
  } finally {
    transport.close();
  }

  await using first = server(hello);
  let asked = 0;
  const turning = () => Promise.resolve([++asked === 1 ? "127.0.0.1" : "127.0.0.2"]);
  const pinned = await dialer({ private_peers: true, resolve: turning })(
    `http://rebound.test:${first.port}`,
  );
  try {
    for (let i = 0; i < 3; i++) assertEquals(await get(pinned), { hello: "peer" });
  } finally {
    pinned.close();
  }
  // The name isn't in any DNS, so only the pinned address can have answered.
  assertEquals(first.asked, Array(3).fill(`http://rebound.test:${first.port}/v1/node`));
  assertEquals(asked, 1);
});

Deno.test("NO_PROXY of the environment doesn't lead past the pinned address", async () => {
  await using plain = server(hello);
  await using secure = server(hello, true);
  const before = Deno.env.get("NO_PROXY");
  Deno.env.set("NO_PROXY", "*");
  // 127.0.0.2 takes no connection on these ports: the pin, not the name, must be what is dialled.
  const dial = dialer({
    private_peers: true,
    resolve: () => Promise.resolve(["127.0.0.2"]),
    ca_certs: [pem("ca.pem")],
  });
  try {
    for (const url of [`http://localhost:${plain.port}`, `https://localhost:${secure.port}`]) {
      const transport = await dial(url);
      await refused("network", get(transport));
      transport.close();
    }
    assertEquals(Deno.env.get("NO_PROXY"), "*");
  } finally {
    if (before === undefined) Deno.env.delete("NO_PROXY");
    else Deno.env.set("NO_PROXY", before);
  }
  assertEquals([plain.asked, secure.asked], [[], []]);
});

Deno.test("a redirect is an error, and nobody asks where it leads", async () => {
  await using inner = server(hello);
  for (const status of [301, 302, 303, 307, 308]) {
    await using outer = server(() =>
      new Response(null, { status, headers: { Location: `http://127.0.0.1:${inner.port}/` } })
    );
    const transport = await dialer({ private_peers: true })(`http://127.0.0.1:${outer.port}`);
    try {
      await refused("bad_gateway", get(transport));
      // One who forgets to say "manual" gets the redirect itself.
      const answer = await transport.fetch(new Request(`${transport.base_url}/v1/node`));
      await answer.body?.cancel();
      assertEquals(answer.status, status);
    } finally {
      transport.close();
    }
    assertEquals(outer.asked.length, 2);
  }
  assertEquals(inner.asked, []);
});

Deno.test("a request to another origin doesn't leave by a pinned transport", async () => {
  await using peer = server(hello);
  const transport = await dialer({ private_peers: true })(`http://127.0.0.1:${peer.port}`);
  try {
    await refused("internal", transport.fetch(new Request("http://127.0.0.1:1/v1/node")));
  } finally {
    transport.close();
  }
  assertEquals(peer.asked, []);
});

Deno.test("https goes to the pinned address with the URL's name, and its certificate counts", async () => {
  await using peer = server(hello, true);
  const resolve = () => Promise.resolve(["127.0.0.1"]);
  const dial = dialer({ private_peers: true, resolve, ca_certs: [pem("ca.pem")] });
  for (const host of ["localhost", "127.0.0.1"]) {
    const transport = await dial(`https://${host}:${peer.port}`);
    try {
      await transport.probe(1_000);
      assertEquals(await get(transport), { hello: "peer" });
    } finally {
      transport.close();
    }
  }
  assertEquals(peer.asked.length, 2);

  const wrongName = await dial(`https://wrong.test:${peer.port}`);
  const unknownCa = await dialer({ private_peers: true, resolve })(
    `https://localhost:${peer.port}`,
  );
  try {
    for (const transport of [wrongName, unknownCa]) {
      const error = await refused("network", get(transport));
      assertStringIncludes(error.message, "certificate");
    }
  } finally {
    wrongName.close();
    unknownCa.close();
  }
  assertEquals(peer.asked.length, 2);
});

Deno.test("of several addresses the one that takes a connection is pinned", async () => {
  await using peer = server(hello);
  const by = (addresses: string[], port: number) =>
    dialer({ private_peers: true, resolve: () => Promise.resolve(addresses) })(
      `http://two.test:${port}`,
    );
  const transport = await by(["127.0.0.2", "127.0.0.1"], peer.port);
  try {
    assertEquals(transport.endpoint, `127.0.0.1:${peer.port}`);
    assertEquals(await get(transport), { hello: "peer" });
  } finally {
    transport.close();
  }
  const error = await refused("network", by(["127.0.0.2", "127.0.0.3"], peer.port));
  assertStringIncludes(error.message, "127.0.0.2");
});

Deno.test("the system's resolver knows localhost", async () => {
  await refused("private_address", dialer({ private_peers: false })("http://localhost:8420"));
  await using peer = server(hello);
  const transport = await dialer({ private_peers: true })(`http://localhost:${peer.port}`);
  try {
    assertEquals(await get(transport), { hello: "peer" });
  } finally {
    transport.close();
  }
});

Deno.test("a closed port is said at once, by the probe and by a request", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (const scheme of ["http", "https"]) {
    const transport = await dialer({ private_peers: true })(`${scheme}://127.0.0.1:${port}`);
    try {
      const started = performance.now();
      const error = await refused("network", transport.probe(30_000));
      assertStringIncludes(error.message, `127.0.0.1:${port}`);
      await refused("network", get(transport));
      assert(performance.now() - started < 5_000);
    } finally {
      transport.close();
    }
  }
});

Deno.test("a host that never answers fails the probe when its time is up", async () => {
  // A queue of one that nobody empties: once it is full, the kernel leaves a new connection unanswered.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const queued: Deno.Conn[] = [];
  const transport = await dialer({ private_peers: true })(`http://127.0.0.1:${port}`);
  try {
    for (let full = false; !full;) {
      assert(queued.length < 100, "the queue is never full");
      const limit = AbortSignal.timeout(500);
      try {
        queued.push(await Deno.connect({ hostname: "127.0.0.1", port, signal: limit }));
      } catch {
        full = true;
      }
    }
    const started = performance.now();
    const error = await refused("network", transport.probe(300));
    const took_ms = performance.now() - started;
    assertStringIncludes(error.message, "within 300 ms");
    assert(took_ms >= 290 && took_ms < 2_000, `${took_ms} ms`);
  } finally {
    transport.close();
    for (const conn of queued) conn.close();
    listener.close();
  }
});
