import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { encodeBase64Url } from "@std/encoding/base64url";
import { sha256 } from "../base/hash.ts";
import { LIMITS } from "../protocol/limits.ts";
import { type Endpoint, tcpConnect } from "./tcp_connect.ts";

/**
 * A CONNECT proxy on loopback for one peer. Deno's fetch can't be told which address an https URL has,
 * but it can be sent through a proxy: this one connects to the pinned address, and TLS, with the
 * URL's name, runs through it end to end.
 */
export interface PinnedTunnel {
  /** URL of the proxy. */
  readonly url: string;
  readonly basicAuth: Deno.BasicAuth;
  /** Takes no more connections and cuts those that are open. */
  close(): void;
}

const HEAD_END = "\r\n\r\n";
const COPY_BYTES = 64 * 1024;
const USERNAME = "horizon";

/**
 * Opens a tunnel that leads from CONNECTs for `authority` ("name:port") to `endpoint`, and from
 * nothing else, for whoever has its credentials.
 */
export function openTunnel(authority: string, endpoint: Endpoint): PinnedTunnel {
  const password = encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  const expected = sha256(`Basic ${btoa(`${USERNAME}:${password}`)}`);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const serve = async (client: Deno.Conn) => {
    open.add(client);
    try {
      const status = await admit(client, authority, expected);
      if (status === null) await lead(client, endpoint, open);
      else await answer(client, status);
    } catch {
      // Either end went away, which the other learns by the close.
    } finally {
      open.delete(client);
      close(client);
    }
  };
  accept(listener, (client) => {
    if (open.size >= LIMITS.tunnel_connections * 2) close(client);
    else void serve(client);
  });
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    basicAuth: { username: USERNAME, password },
    close() {
      close(listener);
      for (const conn of open) close(conn);
      open.clear();
    },
  };
}

async function accept(listener: Deno.Listener, take: (conn: Deno.Conn) => void): Promise<void> {
  try {
    for await (const conn of listener) take(conn);
  } catch {
    // Closed.
  }
}

/** Null if the client may pass, else the status line that it gets. */
async function admit(
  client: Deno.Conn,
  authority: string,
  expected: Uint8Array,
): Promise<string | null> {
  const timer = setTimeout(() => close(client), LIMITS.peer_timeout_ms);
  let head: string | null;
  try {
    head = await readHead(client);
  } finally {
    clearTimeout(timer);
  }
  if (head === null) return "431 Request Header Fields Too Large";
  const [line = "", ...fields] = head.split("\r\n");
  const auth = fields.find((field) => /^proxy-authorization:/i.test(field)) ?? "";
  // Hashes have one length, which is what a comparison in constant time needs.
  if (!timingSafeEqual(sha256(auth.slice(auth.indexOf(":") + 1).trim()), expected)) {
    return "407 Proxy Authentication Required";
  }
  return line.toLowerCase() === `connect ${authority} http/1.1` ? null : "403 Forbidden";
}

/** A request's lines without the empty one at the end; null if it is too long, or more follows. */
async function readHead(client: Deno.Conn): Promise<string | null> {
  const bytes = new Uint8Array(LIMITS.tunnel_head_bytes);
  let length = 0;
  while (length < bytes.length) {
    const count = await client.read(bytes.subarray(length));
    if (count === null) throw new Error("the client left");
    length += count;
    const text = new TextDecoder("latin1").decode(bytes.subarray(0, length));
    const end = text.indexOf(HEAD_END);
    // A client speaks TLS only after the answer.
    if (end >= 0) return end + HEAD_END.length === length ? text.slice(0, end) : null;
  }
  return null;
}

async function lead(client: Deno.Conn, endpoint: Endpoint, open: Set<Deno.Conn>): Promise<void> {
  let peer: Deno.TcpConn;
  try {
    peer = await tcpConnect(endpoint, LIMITS.home_timeout_ms);
  } catch {
    return await answer(client, "502 Bad Gateway");
  }
  // The tunnel may have been closed meanwhile.
  if (!open.has(client)) return close(peer);
  open.add(peer);
  try {
    await answer(client, "200 Connection Established");
    await Promise.all([copy(client, peer), copy(peer, client)]);
  } finally {
    open.delete(peer);
    close(peer);
  }
}

/** Copies until `from` ends, then ends `to`'s side. Throws if either breaks. */
async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(COPY_BYTES);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    await write(to, buffer.subarray(0, count));
  }
  await to.closeWrite();
}

function answer(client: Deno.Conn, status: string): Promise<void> {
  return write(client, new TextEncoder().encode(`HTTP/1.1 ${status}${HEAD_END}`));
}

async function write(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
}

/** Closes what may be closed already. */
function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // It was.
  }
}
