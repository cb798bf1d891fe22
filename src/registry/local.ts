import type { Listener } from "./listen.ts";
import type { Registry } from "./registry.ts";

/** The advertised loopback access to a held data folder. */
export interface LocalServer {
  readonly url: string;
  /** Takes the advertisement back and closes the socket, if it is our own. */
  close(): Promise<void>;
}

/**
 * Lets the other commands on this folder in (DESIGN §2): writes `local.json` (`LocalAccess`). With a
 * plain `listener` (of `serve`) it advertises that one; otherwise it listens on an ephemeral loopback
 * port where every request needs a token.
 */
export function serveLocal(
  _registry: Registry,
  _folder: string,
  _listener?: Listener,
): Promise<LocalServer> {
  throw new Error("being written");
}
