import type { Random } from "../random.ts";

type Handle = (path: string, request: Request) => Promise<Response>;

/**
 * A real HTTP server on loopback in front of a registry, which cuts the connection of some requests in the
 * middle of their bytes, on the way there or back.
 */
export class BrokenLink implements AsyncDisposable {
  /** Bytes of blobs that came through, there and back. */
  sent_bytes = 0;
  received_bytes = 0;
  /** Connections that were cut. */
  cuts = 0;
  /** Each so-manieth transfer of a blob is cut; questions how far one is are not. */
  one_in = 2;
  #asked = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #handle: Handle;
  readonly #random: Random;

  constructor(handle: Handle, random: Random) {
    this.#handle = handle;
    this.#random = random;
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      return this.#answer(request);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const isBlob = pathname.includes("/blobs/");
    const isTransfer = isBlob && (request.method === "PUT" || pathname.includes("/jobs/"));
    const isCut = isTransfer && ++this.#asked % this.one_in === 0;
    if (isCut) this.cuts++;
    if (isBlob && request.method === "PUT" && request.body !== null) {
      const { body, method, headers } = request;
      const size_bytes = Number(headers.get("content-length"));
      const passed = body.pipeThrough(
        this.#meter(isCut ? size_bytes : null, (n) => this.sent_bytes += n),
      );
      const response = await this.#handle(
        pathname + search,
        new Request(request.url, { method, headers, body: passed }),
      );
      return isCut ? broken() : response;
    }
    const response = await this.#handle(pathname + search, request);
    if (!isBlob || response.body === null) return response;
    const size_bytes = Number(response.headers.get("content-length") ?? 100);
    return new Response(
      response.body.pipeThrough(
        this.#meter(isCut ? size_bytes : null, (n) => this.received_bytes += n),
      ),
      response,
    );
  }

  /** Counts what passes, and breaks somewhere in so many bytes. */
  #meter(size_bytes: number | null, count: (bytes: number) => void) {
    let left_bytes = size_bytes === null ? Infinity : this.#random.below(size_bytes);
    return new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        const part = chunk.slice(0, left_bytes);
        left_bytes -= part.length;
        count(part.length);
        if (part.length > 0) controller.enqueue(part);
        if (part.length < chunk.length) throw new Error("the cable is out");
      },
    });
  }
}

/** An answer that breaks off. */
function broken(): Response {
  const body = new ReadableStream({
    pull(controller) {
      controller.error(new Error("the cable is out"));
    },
  });
  return new Response(body);
}
