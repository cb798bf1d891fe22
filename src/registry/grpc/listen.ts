import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { HorizonError } from "../../base/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { bindError } from "../bind_error.ts";
import type { Caller } from "../door.ts";
import type { RegistryLog } from "../registry_log.ts";
import { Call, headerOf } from "./call.ts";
import { answerHealth, HEALTH } from "./health.ts";
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

/**
 * Serves a registry over gRPC: the marketplace, health and reflection. `onFailure` is told of what no
 * client is to blame for. Throws `port_in_use`, or `invalid_input` for a bad certificate.
 */
export async function listenGrpc(
  fetch: Fetch,
  { host, port, tls }: GrpcOptions,
  onFailure: RegistryLog["failure"],
): Promise<GrpcListener> {
  const calls = new Set<Call>();
  const sessions = new Set<ServerHttp2Session>();
  const settings = { settings: { maxConcurrentStreams: LIMITS.grpc_calls_per_connection } };
  const server = tls === undefined
    ? createServer(settings)
    : createSecureServer({ ...settings, ...tls });
  server.on("session", (session: ServerHttp2Session) => {
    if (sessions.size >= LIMITS.grpc_connections) return session.destroy();
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
  });
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const call = new Call(stream, headers, (ended) => calls.delete(ended));
    calls.add(call);
    void take(call, fetch, onFailure);
  });
  await bind(server, host, port);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    async close() {
      for (const call of calls) call.end(ending(STATUS.unavailable, "The registry closes."));
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      const timer = setTimeout(() => {
        for (const session of sessions) session.destroy();
      }, CLOSE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Answers one call; whatever goes wrong is a status. */
async function take(
  call: Call,
  fetch: Fetch,
  onFailure: RegistryLog["failure"],
): Promise<void> {
  const path = headerOf(call.headers, ":path") ?? "";
  try {
    if (!(headerOf(call.headers, "content-type") ?? "").startsWith("application/grpc")) {
      throw new HorizonError("invalid_input", "This port speaks gRPC alone.");
    }
    call.startDeadline();
    if (await answer(path, call, fetch, call)) return;
    call.end(
      ending(STATUS.unimplemented, `There is no method ${path.slice(0, LIMITS.name_chars)}.`),
    );
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) && !call.hasEnded) {
      onFailure(`gRPC ${path}`, thrown);
    }
    call.end(endingOf(thrown));
  }
}

function answer(path: string, call: Call, fetch: Fetch, caller: Caller): Promise<boolean> {
  const [, service = "", name = ""] = path.split("/");
  if (service === MARKETPLACE) return answerMarketplace(name, call, fetch, caller);
  if (service === HEALTH) return answerHealth(name, call, fetch, caller);
  if (REFLECTION.has(service)) return answerReflection(service, name, call);
  return Promise.resolve(false);
}

/** Resolves once the port is open. Throws as `listenGrpc`. */
function bind(server: Http2Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(bindError(cause, { host, port })));
    server.listen({ host, port }, resolve);
  });
}
