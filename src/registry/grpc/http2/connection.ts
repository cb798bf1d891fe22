import { CODE, type Code, ConnectionError, protocolError, StreamError } from "./errors.ts";
import {
  concat,
  encodeFrame,
  FLAG,
  type Frame,
  FrameReader,
  MAX_FRAME_BYTES,
  MAX_WINDOW,
  readUint32,
  TYPE,
  uint32,
  withoutPadding,
} from "./frame.ts";
import { type Header, HeaderDecoder } from "./hpack.ts";
import { Noise } from "./noise.ts";
import { Outbox } from "./outbox.ts";
import { ServerStream, type StreamHost } from "./stream.ts";

/** What a connection is bounded by, and who takes its streams. */
export interface ConnectionOptions {
  max_streams: number;
  /** Of the headers of one request. */
  max_header_bytes: number;
  /** A connection without the client's first bytes, or without a stream, ends after so long. */
  preface_ms: number;
  idle_ms: number;
  onStream(stream: ServerStream): void;
}

/** The window that both sides begin with. */
const FIRST_WINDOW = 65_535;
/** The connection's window is given back in pieces of at least so much. */
const WINDOW_STEP = 32_768;
const READ_BYTES = 64 * 1024;
const SETTING = { initial_window: 0x4, max_streams: 0x3, max_header_bytes: 0x6 } as const;

/** A header block that has not come whole. */
interface OpenBlock {
  stream_id: number;
  isEnd: boolean;
  parts: Uint8Array[];
  bytes: number;
}

/**
 * The server's side of an HTTP/2 connection (RFC 9113), as gRPC needs it: no push, no priorities. It is
 * our own since Deno's serve sends no trailers, and its node:http2 can be crashed by a client. Whatever
 * a client sends costs it no more than its own connection.
 */
export class Connection implements StreamHost {
  readonly address: string;
  readonly #conn: Deno.Conn;
  readonly #options: ConnectionOptions;
  readonly #outbox: Outbox;
  readonly #decoder: HeaderDecoder;
  readonly #noise = new Noise();
  readonly #streams = new Map<number, ServerStream>();
  #last_id = 0;
  #block: OpenBlock | null = null;
  /** Bytes that the client may be sent on all streams together. */
  #send_window = FIRST_WINDOW;
  #receive_window = FIRST_WINDOW;
  #peer_window = FIRST_WINDOW;
  #isClosing = false;
  #isOver = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(conn: Deno.Conn, options: ConnectionOptions) {
    const { remoteAddr } = conn;
    this.address = remoteAddr.transport === "tcp" ? remoteAddr.hostname : "unknown";
    this.#conn = conn;
    this.#options = options;
    this.#outbox = new Outbox(conn, () => this.destroy());
    this.#decoder = new HeaderDecoder(options.max_header_bytes);
  }

  /** Answers the client until the connection is over. */
  async run(): Promise<void> {
    const { max_streams, max_header_bytes, preface_ms } = this.#options;
    const settings = concat([
      setting(SETTING.max_streams, max_streams),
      setting(SETTING.max_header_bytes, max_header_bytes),
    ]);
    this.#push(TYPE.settings, 0, 0, settings);
    this.#endAfter(preface_ms);
    const reader = new FrameReader();
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (let count; (count = await this.#conn.read(buffer)) !== null;) {
        for (const frame of reader.take(buffer.subarray(0, count))) this.#take(frame);
      }
    } catch (thrown) {
      if (thrown instanceof ConnectionError && !this.#isOver) await this.#leave(thrown.code);
    }
    this.destroy();
  }

  /** Takes no more streams, and ends once those under way have ended. */
  close(): void {
    if (this.#isClosing || this.#isOver) return;
    this.#isClosing = true;
    this.#push(TYPE.goaway, 0, 0, goaway(this.#last_id, CODE.no_error));
    if (this.#streams.size === 0) void this.#endInOrder();
  }

  /** Ends it at once. */
  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    for (const stream of [...this.#streams.values()]) stream.finish();
    try {
      this.#conn.close();
    } catch {
      // The client has closed it already.
    }
  }

  sendHeaders(stream: ServerStream, block: Uint8Array, isEnd: boolean): void {
    const flags = FLAG.end_headers | (isEnd ? FLAG.end_stream : 0);
    const first = block.subarray(0, MAX_FRAME_BYTES);
    const rest = block.subarray(MAX_FRAME_BYTES);
    if (rest.length === 0) return this.#push(TYPE.headers, flags, stream.id, block);
    this.#push(TYPE.headers, flags & ~FLAG.end_headers, stream.id, first);
    for (let at = 0; at < rest.length; at += MAX_FRAME_BYTES) {
      const isLast = at + MAX_FRAME_BYTES >= rest.length;
      const part = rest.subarray(at, at + MAX_FRAME_BYTES);
      this.#push(TYPE.continuation, isLast ? FLAG.end_headers : 0, stream.id, part);
    }
  }

  room(stream: ServerStream): number {
    return Math.max(0, Math.min(stream.send_window, this.#send_window));
  }

  sendData(stream: ServerStream, bytes: Uint8Array): void {
    stream.send_window -= bytes.length;
    this.#send_window -= bytes.length;
    for (let at = 0; at < bytes.length; at += MAX_FRAME_BYTES) {
      this.#push(TYPE.data, 0, stream.id, bytes.subarray(at, at + MAX_FRAME_BYTES));
    }
  }

  sendReset(stream: ServerStream, code: Code): void {
    this.#push(TYPE.rst_stream, 0, stream.id, uint32(code));
  }

  taken(stream: ServerStream, bytes: number): void {
    if (stream.isRemoteEnded || stream.isOver || bytes === 0) return;
    stream.receive_window += bytes;
    this.#push(TYPE.window_update, 0, stream.id, uint32(bytes));
  }

  forget(stream: ServerStream): void {
    this.#streams.delete(stream.id);
    if (this.#streams.size > 0 || this.#isOver) return;
    if (this.#isClosing) void this.#endInOrder();
    else this.#endAfter(this.#options.idle_ms);
  }

  flushed(): Promise<void> {
    return this.#outbox.flushed();
  }

  /** Tells the client what it did wrong, and waits until that is on its way. */
  async #leave(code: Code): Promise<void> {
    this.#isClosing = true;
    this.#push(TYPE.goaway, 0, 0, goaway(this.#last_id, code));
    await this.#outbox.flushed();
  }

  async #endInOrder(): Promise<void> {
    await this.#outbox.flushed();
    this.destroy();
  }

  #endAfter(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), ms);
  }

  #push(type: number, flags: number, stream_id: number, payload: Uint8Array): void {
    if (!this.#isOver) this.#outbox.push(encodeFrame(type, flags, stream_id, payload));
  }

  #take(frame: Frame): void {
    if (this.#block !== null && frame.type !== TYPE.continuation) {
      throw protocolError("a header block that something interrupts");
    }
    try {
      this.#handle(frame);
    } catch (thrown) {
      if (!(thrown instanceof StreamError)) throw thrown;
      this.#noise.add();
      const stream = this.#streams.get(thrown.stream_id);
      if (stream !== undefined) return stream.reset(thrown.code);
      this.#push(TYPE.rst_stream, 0, thrown.stream_id, uint32(thrown.code));
    }
  }

  #handle(frame: Frame): void {
    const { type, flags, stream_id, payload } = frame;
    switch (type) {
      case TYPE.data:
        return this.#data(frame);
      case TYPE.headers: {
        const content = withoutPadding(frame);
        const block = (flags & FLAG.priority) === 0 ? content : content.subarray(5);
        const isEnd = (flags & FLAG.end_stream) !== 0;
        this.#block = { stream_id, isEnd, parts: [], bytes: 0 };
        return this.#blockPart(block, flags);
      }
      case TYPE.continuation:
        this.#noise.add();
        if (this.#block?.stream_id !== stream_id) {
          throw protocolError("a block that continues none");
        }
        return this.#blockPart(payload, flags);
      case TYPE.rst_stream:
        this.#noise.add();
        checkSize(frame, 4);
        if (stream_id === 0 || stream_id > this.#last_id) {
          throw protocolError("a reset of no stream");
        }
        return this.#streams.get(stream_id)?.finish();
      case TYPE.settings:
        return this.#settings(frame);
      case TYPE.ping:
        this.#noise.add();
        checkSize(frame, 8);
        if ((flags & FLAG.ack) === 0) this.#push(TYPE.ping, FLAG.ack, 0, payload.slice());
        return;
      case TYPE.window_update:
        return this.#windowUpdate(frame);
      case TYPE.push_promise:
        throw protocolError("a push of a client");
      default:
        // A client that leaves, priorities, and what extensions have.
        return this.#noise.add();
    }
  }

  #data(frame: Frame): void {
    const { flags, stream_id, payload: { length } } = frame;
    this.#receive_window -= length;
    if (this.#receive_window < 0) throw flowError();
    if (this.#receive_window <= FIRST_WINDOW - WINDOW_STEP) {
      this.#push(TYPE.window_update, 0, 0, uint32(FIRST_WINDOW - this.#receive_window));
      this.#receive_window = FIRST_WINDOW;
    }
    if (stream_id === 0 || stream_id > this.#last_id) throw protocolError("data of no stream");
    const stream = this.#streams.get(stream_id);
    // It was reset on this side while these bytes were on their way.
    if (stream === undefined) return this.#noise.add();
    if (stream.isRemoteEnded) {
      throw new StreamError(stream_id, CODE.stream_closed, "data after the end");
    }
    stream.receive_window -= length;
    if (stream.receive_window < 0) throw flowError();
    const isEnd = (flags & FLAG.end_stream) !== 0;
    const content = withoutPadding(frame);
    if (content.length === 0 && !isEnd) this.#noise.add();
    if (isEnd) stream.endRemote();
    else this.taken(stream, length - content.length);
    if (content.length > 0) stream.take(content.slice());
  }

  /** A part of a header block; the last one makes a stream, or ends one. */
  #blockPart(part: Uint8Array, flags: number): void {
    const block = this.#block;
    if (block === null) return;
    block.bytes += part.length;
    if (block.bytes > this.#options.max_header_bytes) {
      throw new ConnectionError(CODE.enhance_your_calm, "too many headers");
    }
    block.parts.push(part.slice());
    if ((flags & FLAG.end_headers) === 0) return;
    this.#block = null;
    this.#open(block.stream_id, this.#decoder.decode(concat(block.parts)), block.isEnd);
  }

  #open(stream_id: number, headers: Header[], isEnd: boolean): void {
    const known = this.#streams.get(stream_id);
    if (known !== undefined) {
      // Trailers of a request, which say nothing here.
      if (!isEnd || known.isRemoteEnded) throw protocolError("a second head of a request");
      return known.endRemote();
    }
    if (stream_id % 2 === 0 || stream_id <= this.#last_id) throw protocolError("a bad stream id");
    this.#last_id = stream_id;
    if (this.#isClosing || this.#streams.size >= this.#options.max_streams) {
      throw new StreamError(stream_id, CODE.refused_stream, "no more streams");
    }
    clearTimeout(this.#timer);
    const windows = { send: this.#peer_window, receive: FIRST_WINDOW };
    const stream = new ServerStream(this, stream_id, headers, windows);
    this.#streams.set(stream_id, stream);
    if (isEnd) stream.endRemote();
    this.#options.onStream(stream);
  }

  #settings(frame: Frame): void {
    const { flags, stream_id, payload } = frame;
    this.#noise.add();
    if (stream_id !== 0) throw protocolError("settings of a stream");
    if ((flags & FLAG.ack) !== 0) return;
    if (payload.length % 6 !== 0) throw sizeError();
    for (let at = 0; at < payload.length; at += 6) {
      const id = readUint32(payload, at) >>> 16;
      const value = readUint32(payload, at + 2);
      if (id === SETTING.initial_window) this.#resizeWindows(value);
    }
    this.#push(TYPE.settings, FLAG.ack, 0, new Uint8Array());
    this.#wakeWriters();
  }

  #resizeWindows(window: number): void {
    if (window > MAX_WINDOW) throw flowError();
    const change = window - this.#peer_window;
    this.#peer_window = window;
    for (const stream of this.#streams.values()) stream.send_window += change;
  }

  #windowUpdate(frame: Frame): void {
    checkSize(frame, 4);
    const { stream_id, payload } = frame;
    const more = readUint32(payload, 0) & MAX_WINDOW;
    if (stream_id === 0) {
      this.#send_window += more;
      if (more === 0 || this.#send_window > MAX_WINDOW) throw flowError();
      return this.#wakeWriters();
    }
    if (stream_id > this.#last_id) throw protocolError("a window of no stream");
    const stream = this.#streams.get(stream_id);
    if (stream === undefined) return;
    stream.send_window += more;
    if (more === 0 || stream.send_window > MAX_WINDOW) {
      throw new StreamError(stream_id, CODE.flow_control, "a window beyond all limits");
    }
    stream.wakeWriter();
  }

  #wakeWriters(): void {
    for (const stream of this.#streams.values()) stream.wakeWriter();
  }
}

function setting(id: number, value: number): Uint8Array {
  return concat([Uint8Array.of(id >> 8, id), uint32(value)]);
}

function goaway(last_id: number, code: Code): Uint8Array {
  return concat([uint32(last_id), uint32(code)]);
}

function checkSize({ payload }: Frame, bytes: number): void {
  if (payload.length !== bytes) throw sizeError();
}

function sizeError(): ConnectionError {
  return new ConnectionError(CODE.frame_size, "a frame of a wrong size");
}

function flowError(): ConnectionError {
  return new ConnectionError(CODE.flow_control, "more than the window lets through");
}
