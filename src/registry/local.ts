import { encodeBase64Url } from "@std/encoding/base64url";
import { writeFileAtomically } from "../base/atomic_file.ts";
import { LOCAL_FILE, type LocalAccess } from "../protocol/local.ts";
import { listen, type Listener } from "./listen.ts";
import type { Registry } from "./registry.ts";

/** The advertised loopback access to a held data folder. */
export interface LocalServer {
  readonly url: string;
  /** Takes the advertisement back and closes the socket, if it is our own. */
  close(): Promise<void>;
}

const TOKEN_BYTES = 32;
const LOOPBACK = "127.0.0.1";

/**
 * Lets the other commands on this folder in (DESIGN §2): writes `local.json` (`LocalAccess`). With a
 * plain `listener` on loopback (of `serve`) it advertises that one; otherwise it listens on an
 * ephemeral loopback port where every request needs a token.
 */
export async function serveLocal(
  registry: Registry,
  folder: string,
  listener?: Listener,
): Promise<LocalServer> {
  const path = `${folder}/${LOCAL_FILE}`;
  const { access, own } = listener !== undefined && isPlainLoopback(listener)
    ? { access: { node_id: registry.node_id, url: listener.url, token: null }, own: null }
    : await openOwn(registry);
  await writeFileAtomically(path, JSON.stringify(access) + "\n");
  return {
    url: access.url,
    async close() {
      await Deno.remove(path).catch(() => undefined);
      await own?.close();
    },
  };
}

async function openOwn(registry: Registry): Promise<{ access: LocalAccess; own: Listener }> {
  const token = encodeBase64Url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
  const own = await listen(registry, { host: LOOPBACK, port: 0, local_token: token });
  return { access: { node_id: registry.node_id, url: own.url, token }, own };
}

function isPlainLoopback(listener: Listener): boolean {
  return !listener.secure && new URL(listener.url).hostname === LOOPBACK;
}
