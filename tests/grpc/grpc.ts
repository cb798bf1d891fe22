import { openTest, type TestOptions, type TestRegistry } from "../registry/harness.ts";
import { type GrpcListener, type GrpcOptions, listenGrpc } from "../../src/registry/grpc/listen.ts";

/** A registry with a gRPC port. */
export interface GrpcRegistry extends AsyncDisposable {
  registry: TestRegistry;
  listener: GrpcListener;
  /** What was nobody's fault outside. */
  failures: unknown[];
}

export async function openGrpc(
  options: TestOptions & Pick<GrpcOptions, "tls"> = {},
): Promise<GrpcRegistry> {
  const { tls, ...registryOptions } = options;
  const registry = await openTest(registryOptions);
  const failures: unknown[] = [];
  const fetch = (request: Request) => {
    const { pathname, search } = new URL(request.url);
    return registry.fetch(pathname + search, request);
  };
  const open = { host: "127.0.0.1", port: 0, ...(tls === undefined ? {} : { tls }) };
  const listener = await listenGrpc(fetch, open, (_doing, thrown) => failures.push(thrown));
  return {
    registry,
    listener,
    failures,
    async [Symbol.asyncDispose]() {
      await listener.close();
      await registry[Symbol.asyncDispose]();
    },
  };
}
