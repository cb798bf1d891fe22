import { HorizonError } from "../../base/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { bindError } from "../bind_error.ts";
import type { RegistryLog } from "../registry_log.ts";
import { Call } from "./call.ts";
import { answerHealth, HEALTH } from "./health.ts";
import { Connection } from "./http2/connection.ts";
import { answerMarketplace, type Fetch, MARKETPLACE } from "./marketplace.ts";
import { answerReflection, REFLECTION } from "./reflection.ts";
import { ending, endingOf, STATUS } from "./status.ts";

export interface GrpcOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** PEM texts. */
  tls?: { cert: string; key: string };
}

/** An open port that speaks gRPC. */
export interface GrpcListener {
  readonly port: number;
  /** Ends all calls, and lets the port go within some seconds. */
  close(): Promise<void>;
}

/** Connections that have not ended by themselves so long after the close are cut. */
const CLOSE_MS = 5_000;
const PREFACE_MS = 10_000;
const IDLE_MS = 15 * 60_000;
const HEADER_BYTES = 16 * 1024;

/**
 * Serves a registry over gRPC: the marketplace, health and reflection. `onFailure` is told of what no
 * client is to blame for. Throws `port_in_use`, or `invalid_input` for a bad certificate.
 */
export function listenGrpc(
  fetch: Fetch,
  options: GrpcOptions,
  onFailure: RegistryLog["failure"],
): GrpcListener {
  const listener = bind(options);
  const calls = new Set<Call>();
  const connections = new Map<Connection, Promise<void>>();
  const accept = (conn: Deno.TcpConn | Deno.TlsConn) => {
    if (connections.size >= LIMITS.grpc_connections) return conn.close();
    // Small answers must not wait for each other's acknowledgement.
    if ("setNoDelay" in conn) conn.setNoDelay();
    const connection = new Connection(conn, {
      max_streams: LIMITS.grpc_calls_per_connection,
      max_header_bytes: HEADER_BYTES,
      preface_ms: PREFACE_MS,
      idle_ms: IDLE_MS,
      onStream(stream) {
        const call = new Call(stream, (ended) => calls.delete(ended));
        calls.add(call);
        void take(call, fetch, onFailure);
      },
    });
    const running = connection.run().finally(() => connections.delete(connection));
    connections.set(connection, running);
  };
  const accepting = acceptAll(listener, accept, onFailure);
  let closed: Promise<void> | null = null;
  return {
    port: listener.addr.port,
    close: () => closed ??= close(),
  };

  async function close(): Promise<void> {
    listener.close();
    await accepting;
    for (const call of calls) call.end(ending(STATUS.unavailable, "The registry closes."));
    for (const connection of connections.keys()) connection.close();
    const timer = setTimeout(() => {
      for (const connection of connections.keys()) connection.destroy();
    }, CLOSE_MS);
    await Promise.all(connections.values());
    clearTimeout(timer);
  }
}

function bind({ host, port, tls }: GrpcOptions): Deno.TcpListener | Deno.TlsListener {
  try {
    return tls === undefined
      ? Deno.listen({ hostname: host, port })
      : Deno.listenTls({ hostname: host, port, ...tls, alpnProtocols: ["h2"] });
  } catch (cause) {
    throw bindError(cause, { host, port });
  }
}

/** Takes connections until the listener is closed; one that fails at once is no reason to stop. */
async function acceptAll(
  listener: Deno.TcpListener | Deno.TlsListener,
  accept: (conn: Deno.TcpConn | Deno.TlsConn) => void,
  onFailure: RegistryLog["failure"],
): Promise<void> {
  for (;;) {
    try {
      accept(await listener.accept());
    } catch (thrown) {
      if (thrown instanceof Deno.errors.BadResource || thrown instanceof Deno.errors.Interrupted) {
        return;
      }
      onFailure("accepting a gRPC connection", thrown);
    }
  }
}

/** Answers one call; whatever goes wrong is a status. */
async function take(call: Call, fetch: Fetch, onFailure: RegistryLog["failure"]): Promise<void> {
  const path = call.header(":path") ?? "";
  try {
    if (!(call.header("content-type") ?? "").startsWith("application/grpc")) {
      throw new HorizonError("invalid_input", "This port speaks gRPC alone.");
    }
    call.startDeadline();
    if (await answer(path, call, fetch)) return;
    const shown = path.slice(0, LIMITS.name_chars);
    call.end(ending(STATUS.unimplemented, `There is no method ${shown}.`));
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) && !call.hasEnded) onFailure(`gRPC ${path}`, thrown);
    call.end(endingOf(thrown));
  }
}

function answer(path: string, call: Call, fetch: Fetch): Promise<boolean> {
  const [, service = "", name = ""] = path.split("/");
  if (service === MARKETPLACE) return answerMarketplace(name, call, fetch, call);
  if (service === HEALTH) return answerHealth(name, call, fetch, call);
  if (REFLECTION.has(service)) return answerReflection(service, name, call);
  return Promise.resolve(false);
}
