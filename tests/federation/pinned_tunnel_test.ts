import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openTunnel, type PinnedTunnel } from "../../src/federation/pinned_tunnel.ts";
import { LIMITS } from "../../src/protocol/limits.ts";

/** A peer that sends back what it gets, and counts who connects. */
function echo() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const seen: Deno.Conn[] = [];
  const ended = (async () => {
    for await (const conn of listener) {
      seen.push(conn);
      conn.readable.pipeTo(conn.writable).catch(() => undefined);
    }
  })().catch(() => undefined);
  return {
    seen,
    endpoint: { address: "127.0.0.1", port: listener.addr.port },
    async [Symbol.asyncDispose]() {
      listener.close();
      await ended;
    },
  };
}

function connect(tunnel: PinnedTunnel): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(tunnel.url).port) });
}

/** Sends a text and reads until the other end closes. */
async function ask(tunnel: PinnedTunnel, text: string): Promise<string> {
  const conn = await connect(tunnel);
  const writer = conn.writable.getWriter();
  await writer.write(new TextEncoder().encode(text));
  return await new Response(conn.readable).text();
}

function authOf({ basicAuth }: PinnedTunnel): string {
  return `Proxy-Authorization: Basic ${btoa(`${basicAuth.username}:${basicAuth.password}`)}`;
}

async function readText(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(1024);
  return new TextDecoder().decode(buffer.subarray(0, await conn.read(buffer) ?? 0));
}

Deno.test("the tunnel refuses whoever lacks its credentials or wants another target", async () => {
  await using peer = echo();
  const tunnel = openTunnel("peer.test:443", peer.endpoint);
  const other = openTunnel("peer.test:443", peer.endpoint);
  const connectLine = "CONNECT peer.test:443 HTTP/1.1";
  const auth = authOf(tunnel);
  const cases: [string, RegExp][] = [
    [connectLine, /^HTTP\/1.1 407 /],
    [`${connectLine}\r\nProxy-Authorization: Basic aG9yaXpvbjo=`, /^HTTP\/1.1 407 /],
    [`${connectLine}\r\nAuthorization:${auth.slice(auth.indexOf(":") + 1)}`, /^HTTP\/1.1 407 /],
    [`${connectLine}\r\n${authOf(other)}`, /^HTTP\/1.1 407 /],
    [`${connectLine}\r\n${auth}x`, /^HTTP\/1.1 407 /],
    [`CONNECT 127.0.0.1:22 HTTP/1.1\r\n${auth}`, /^HTTP\/1.1 403 /],
    [`CONNECT peer.test:444 HTTP/1.1\r\n${auth}`, /^HTTP\/1.1 403 /],
    [`CONNECT peer.test:443.evil.test HTTP/1.1\r\n${auth}`, /^HTTP\/1.1 403 /],
    [`GET http://peer.test:443/ HTTP/1.1\r\n${auth}`, /^HTTP\/1.1 403 /],
    [`${connectLine}\r\n${auth}\r\nX: ${"x".repeat(LIMITS.tunnel_head_bytes)}`, /^HTTP\/1.1 431 /],
  ];
  try {
    for (const [head, expected] of cases) {
      assertMatch(await ask(tunnel, `${head}\r\n\r\n`), expected);
    }
    // Bytes behind the head, before the answer.
    assertMatch(await ask(tunnel, `${connectLine}\r\n${auth}\r\n\r\nmore`), /^HTTP\/1.1 431 /);
    assertEquals(peer.seen.length, 0);
  } finally {
    tunnel.close();
    other.close();
  }
});

Deno.test("the tunnel carries bytes both ways, passes an end on, and closes with what is open", async () => {
  await using peer = echo();
  const tunnel = openTunnel("peer.test:443", peer.endpoint);
  const head = `CONNECT peer.test:443 HTTP/1.1\r\n${authOf(tunnel)}\r\n\r\n`;
  const conn = await connect(tunnel);
  await conn.write(new TextEncoder().encode(head));
  assertEquals(await readText(conn), "HTTP/1.1 200 Connection Established\r\n\r\n");
  await conn.write(new TextEncoder().encode("ping"));
  assertEquals(await readText(conn), "ping");
  await conn.closeWrite();
  assertEquals(await readText(conn), "");
  conn.close();

  const cut = await connect(tunnel);
  await cut.write(new TextEncoder().encode(head));
  await readText(cut);
  tunnel.close();
  assert(await cut.read(new Uint8Array(1)).catch(() => null) === null);
  cut.close();
  await assertRejects(() => connect(tunnel));
});
