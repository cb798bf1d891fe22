import {
  encodeFrame,
  FLAG,
  type Frame,
  FrameReader,
  PREFACE,
  TYPE,
} from "../../src/registry/grpc/http2/frame.ts";
import { encodeHeaders, type Header, HeaderDecoder } from "../../src/registry/grpc/http2/hpack.ts";

/** A client that sends whatever frames a test likes. */
export class RawClient implements AsyncDisposable {
  readonly #conn: Deno.Conn;
  readonly #decoder = new HeaderDecoder(1 << 20);
  readonly #frames: AsyncGenerator<Frame>;
  #written: Promise<unknown> = Promise.resolve();

  /** Opens a connection; `opening` is what comes before all else. */
  static async connect(
    port: number,
    opening: Uint8Array = join(PREFACE, encodeFrame(TYPE.settings, 0, 0, new Uint8Array())),
  ): Promise<RawClient> {
    const client = new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
    client.bytes(opening);
    return client;
  }

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
    this.#frames = this.#read();
  }

  bytes(bytes: Uint8Array): void {
    this.#written = this.#written.then(() => this.#conn.write(bytes)).catch(() => undefined);
  }

  frame(
    type: number,
    flags: number,
    stream_id: number,
    payload: Uint8Array = new Uint8Array(),
  ): void {
    this.bytes(encodeFrame(type, flags, stream_id, payload));
  }

  headers(stream_id: number, headers: readonly Header[], isEnd = false): void {
    const flags = FLAG.end_headers | (isEnd ? FLAG.end_stream : 0);
    this.frame(TYPE.headers, flags, stream_id, encodeHeaders(headers));
  }

  /** The frames of the server, until it ends the connection. */
  frames(): AsyncGenerator<Frame> {
    return this.#frames;
  }

  /** The blocks of headers of a stream, until its end. */
  async *heads(stream_id: number): AsyncGenerator<ReadonlyMap<string, string>> {
    for await (const frame of this.#frames) {
      if (frame.type !== TYPE.headers) continue;
      const headers = new Map(this.#decoder.decode(frame.payload));
      if (frame.stream_id !== stream_id) continue;
      yield headers;
      if ((frame.flags & FLAG.end_stream) !== 0) return;
    }
  }

  /** The error code by which the server ends the connection; null for an end without one. */
  async goodbye(): Promise<number | null> {
    let code: number | null = null;
    for await (const { type, payload } of this.#frames) {
      if (type === TYPE.goaway) code = new DataView(payload.slice().buffer).getUint32(4);
    }
    return code;
  }

  async *#read(): AsyncGenerator<Frame> {
    const reader = new FrameReader();
    // A server sends no preface.
    [...reader.take(PREFACE)];
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let count; (count = await this.#conn.read(buffer)) !== null;) {
        for (const frame of [...reader.take(buffer.slice(0, count))]) yield frame;
      }
    } catch {
      // The server has cut it off.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written;
    try {
      this.#conn.close();
    } catch {
      // It is closed.
    }
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.of(...a, ...b);
}
