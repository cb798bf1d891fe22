import type { Registry } from "./registry.ts";

export interface ListenOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** PEM texts. */
  tls?: { cert: string; key: string };
  /** If given, every request must carry it in `X-Horizon-Local`. */
  local_token?: string;
}

/** An open socket that answers with a registry. */
export interface Listener {
  /** Base URL without a path, such as http://127.0.0.1:8420. */
  readonly url: string;
  readonly port: number;
  readonly secure: boolean;
  /** Takes no new connections, ends streams, waits for the requests under way. */
  close(): Promise<void>;
}

/** Serves a registry over HTTP. Throws `port_in_use`. */
export function listen(_registry: Registry, _options: ListenOptions): Promise<Listener> {
  throw new Error("being written");
}
