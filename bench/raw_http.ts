const encoder = new TextEncoder();
const decoder = new TextDecoder();
const READ_BYTES = 64 * 1024;
const HEAD_END = [13, 10, 13, 10];

/** An answer; its body is decoded only where someone looks at it. */
export interface RawAnswer {
  status: number;
  size_bytes: number;
  text(): string;
}

/**
 * One HTTP/1.1 connection that stays open, and costs next to nothing: a load generator that shares
 * the machine with what it measures must not be the bottleneck, which `fetch` would be.
 */
export class RawHttp {
  readonly #connection: Deno.TcpConn;
  #buffer = new Uint8Array(READ_BYTES);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(url: URL): Promise<RawHttp> {
    const connection = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
    connection.setNoDelay(true);
    return new RawHttp(connection);
  }

  /** The bytes of a request. */
  static request(method: string, path: string, body = ""): Uint8Array<ArrayBuffer> {
    const bytes = encoder.encode(body);
    const head =
      `${method} ${path} HTTP/1.1\r\nhost: bench\r\ncontent-length: ${bytes.length}\r\n\r\n`;
    return new Uint8Array([...encoder.encode(head), ...bytes]);
  }

  /** Sends a request and reads the whole answer, whose length its head must give. */
  async send(request: Uint8Array): Promise<RawAnswer> {
    for (let sent = 0; sent < request.length;) {
      sent += await this.#connection.write(request.subarray(sent));
    }
    let filled = 0;
    let body_at = -1;
    let end = Infinity;
    let status = 0;
    while (filled < end) {
      const count = await this.#connection.read(this.#buffer.subarray(filled));
      if (count === null) throw new Error("the server closed the connection");
      filled += count;
      if (body_at < 0) {
        body_at = headEnd(this.#buffer.subarray(0, filled));
        if (body_at < 0) continue;
        const head = decoder.decode(this.#buffer.subarray(0, body_at));
        status = Number(head.slice(9, 12));
        end = body_at + Number(/content-length: (\d+)/i.exec(head)?.[1]);
        if (Number.isNaN(end)) throw new Error("the answer has no length");
        this.#grow(end + 1);
      }
    }
    const body = this.#buffer.slice(body_at, end);
    return { status, size_bytes: body.length, text: () => decoder.decode(body) };
  }

  close(): void {
    this.#connection.close();
  }

  #grow(size: number): void {
    if (size <= this.#buffer.length) return;
    const larger = new Uint8Array(size * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

/** Where the body begins; -1 before the head is complete. */
function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (HEAD_END.every((byte, i) => bytes[at + i] === byte)) return at + HEAD_END.length;
  }
  return -1;
}
