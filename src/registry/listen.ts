import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { HorizonError } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { LOCAL_TOKEN_HEADER } from "../protocol/api.ts";
import { bindError } from "./bind_error.ts";
import { problemResponse } from "./problem_response.ts";
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

/** Requests under way at the close get this long; then their connections are cut. */
const DRAIN_MS = 5_000;

/** Serves a registry over HTTP. Throws `port_in_use`, or `invalid_input` for a bad certificate. */
export function listen(registry: Registry, options: ListenOptions): Promise<Listener> {
  const { host, port, tls, local_token } = options;
  // Hashes have one length, which is what a comparison in constant time needs.
  const expected = local_token === undefined ? null : sha256(local_token);
  const handler = (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    if (expected !== null) {
      const given = sha256(request.headers.get(LOCAL_TOKEN_HEADER) ?? "");
      if (!timingSafeEqual(given, expected)) return notLetIn();
    }
    return registry.fetch(request, { address: info.remoteAddr.hostname });
  };
  const settings = { hostname: host, port, onListen() {} };
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = tls === undefined
      ? Deno.serve(settings, handler)
      : Deno.serve({ ...settings, ...tls }, handler);
  } catch (cause) {
    return Promise.reject(bindError(cause, options));
  }
  const scheme = tls === undefined ? "http" : "https";
  const shown = host.includes(":") ? `[${host}]` : host;
  return Promise.resolve({
    url: `${scheme}://${shown}:${server.addr.port}`,
    port: server.addr.port,
    secure: tls !== undefined,
    close: () => drain(server, registry),
  });
}

async function drain(server: Deno.HttpServer, registry: Registry): Promise<void> {
  registry.endWaits();
  const cut = Promise.withResolvers<void>();
  const timer = setTimeout(cut.resolve, DRAIN_MS);
  await Promise.race([server.shutdown(), cut.promise]);
  clearTimeout(timer);
}

function notLetIn(): Response {
  const error = new HorizonError(
    "forbidden",
    "This port is for the commands of this machine's user.",
  );
  return problemResponse(error);
}
