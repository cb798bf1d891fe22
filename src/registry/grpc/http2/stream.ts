import { CODE, type Code } from "./errors.ts";
import type { Header } from "./hpack.ts";

/** What a stream asks of its connection. */
export interface StreamHost {
  readonly address: string;
  sendHeaders(stream: ServerStream, block: Uint8Array, isEnd: boolean): void;
  /** How many bytes both windows let through now. */
  room(stream: ServerStream): number;
  /** Sends bytes, for which there is room. */
  sendData(stream: ServerStream, bytes: Uint8Array): void;
  sendReset(stream: ServerStream, code: Code): void;
  /** The reader has taken so many bytes: as many more may come. */
  taken(stream: ServerStream, bytes: number): void;
  /** The stream is over for both sides. */
  forget(stream: ServerStream): void;
  /** Resolves when what was sent is on its way. */
  flushed(): Promise<void>;
}

/** One request of a client, and its answer. */
export class ServerStream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes that the client may still be sent; the connection has a window of its own. */
  send_window: number;
  /** Bytes that the client may still send. */
  receive_window: number;
  readonly #host: StreamHost;
  readonly #chunks: Uint8Array[] = [];
  #isRemoteEnded = false;
  #isLocalEnded = false;
  #isOver = false;
  /** Wakes the reader, and the writer that waits for a window. */
  #wakeReader: (() => void) | null = null;
  #wakeWriter: (() => void) | null = null;
  #onOver: () => void = () => {};

  constructor(
    host: StreamHost,
    id: number,
    headers: readonly Header[],
    windows: { send: number; receive: number },
  ) {
    this.#host = host;
    this.id = id;
    this.headers = new Map(headers);
    this.send_window = windows.send;
    this.receive_window = windows.receive;
  }

  get address(): string {
    return this.#host.address;
  }

  /** True once nothing more is sent or heard. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isRemoteEnded(): boolean {
    return this.#isRemoteEnded;
  }

  /** Told once, when the stream is over in whatever way. */
  onOver(told: () => void): void {
    this.#onOver = told;
  }

  /** The next bytes of the request; null after the last ones, and when the stream is over. */
  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#host.taken(this, chunk.length);
        return chunk;
      }
      if (this.#isRemoteEnded || this.#isOver) return null;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
  }

  /** Sends a block of headers. */
  sendHeaders(block: Uint8Array, isEnd: boolean): void {
    if (this.#isOver || this.#isLocalEnded) return;
    this.#host.sendHeaders(this, block, isEnd);
    if (isEnd) this.#endLocal();
  }

  /** Sends bytes as the client takes them; resolves when all are on their way, or the stream is over. */
  async send(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    for (;;) {
      if (this.#isOver) return;
      const room = Math.min(rest.length, this.#host.room(this));
      if (room > 0 || rest.length === 0) this.#host.sendData(this, rest.subarray(0, room));
      rest = rest.subarray(room);
      if (rest.length === 0) break;
      await new Promise<void>((resolve) => this.#wakeWriter = resolve);
    }
    await this.#host.flushed();
  }

  /** Sends bytes at once if the windows have room for all of them; else nothing, and false. */
  trySend(bytes: Uint8Array): boolean {
    if (this.#isOver || this.#host.room(this) < bytes.length) return false;
    this.#host.sendData(this, bytes);
    return true;
  }

  /** Ends the stream at once. */
  reset(code: Code): void {
    if (this.#isOver) return;
    this.#host.sendReset(this, code);
    this.finish();
  }

  /** Bytes have come. */
  take(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#wakeReader?.();
  }

  /** The client sends no more. */
  endRemote(): void {
    this.#isRemoteEnded = true;
    this.#wakeReader?.();
    if (this.#isLocalEnded) this.finish();
  }

  /** A window has grown. */
  wakeWriter(): void {
    this.#wakeWriter?.();
  }

  /** Nothing more is sent or heard. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.forget(this);
    this.#wakeReader?.();
    this.#wakeWriter?.();
    this.#onOver();
  }

  #endLocal(): void {
    this.#isLocalEnded = true;
    // Whoever still sends is told that nobody reads it.
    if (this.#isRemoteEnded) this.finish();
    else this.reset(CODE.no_error);
  }
}
