import { identityOf, newSecret } from "../../src/base/identity.ts";
import { Client } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import type { Wait } from "../../src/client/retries.ts";

/** A real HTTP server on loopback that answers as a test wants; stands in for a bad registry. */
export class TestServer implements AsyncDisposable {
  /** URLs that were asked for. */
  readonly urls: URL[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(answer: (request: Request) => Response | Promise<Response>) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      this.urls.push(new URL(request.url));
      return answer(request);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Some person. */
export const alice = identityOf(newSecret());
/** Some registry's node. */
export const node = identityOf(newSecret());

/** A client of a server, for tests that wait for nothing. */
export function clientOf(url: string, wait: Wait = () => Promise.resolve()): Client {
  const transport = httpTransport(url);
  return new Client({ transport, identity: alice, node_id: node.id, wait });
}
