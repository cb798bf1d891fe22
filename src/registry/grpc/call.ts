import { HorizonError } from "../../base/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { timeoutOf } from "./deadline.ts";
import { frameOf, messagesIn, OnlyMessage } from "./frames.ts";
import { CODE } from "./http2/errors.ts";
import { encodeHeaders, type Header } from "./http2/hpack.ts";
import type { ServerStream } from "./http2/stream.ts";
import { type Ending, ending, OK, STATUS } from "./status.ts";

/** A client that takes nothing for this long, while a message waits for it, is given up. */
const SLOW_MS = 30_000;
const HEAD: readonly Header[] = [[":status", "200"], ["content-type", "application/grpc+proto"]];
const HEAD_BLOCK = encodeHeaders(HEAD);
const OK_BLOCK = encodeHeaders(Object.entries(OK));

/** One call, from its headers to its trailers. */
export class Call {
  readonly #stream: ServerStream;
  /** Made for those who ask: most calls are over before anyone does. */
  #aborter: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hasBegun = false;
  #hasEnded = false;

  /** `onEnd` is told once, when the call has ended in whatever way. */
  constructor(stream: ServerStream, onEnd: (call: Call) => void) {
    this.#stream = stream;
    stream.onOver(() => {
      clearTimeout(this.#timer);
      this.#hasEnded = true;
      this.#aborter?.abort();
      onEnd(this);
    });
  }

  /** Aborted when the call ends: the client went away, its deadline is over, the registry closes. */
  get signal(): AbortSignal {
    if (this.#aborter === null) {
      this.#aborter = new AbortController();
      if (this.#hasEnded) this.#aborter.abort();
    }
    return this.#aborter.signal;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Where the client is. */
  get address(): string {
    return this.#stream.address;
  }

  header(name: string): string | undefined {
    return this.#stream.headers.get(name);
  }

  /** Ends the call when its deadline is over. Throws `invalid_input` for one that can't be read. */
  startDeadline(): void {
    const timeout_ms = timeoutOf(this.header("grpc-timeout"));
    if (timeout_ms === null) return;
    const late = () => this.end(ending(STATUS.deadline_exceeded, "The deadline is over."));
    this.#timer = setTimeout(late, timeout_ms);
  }

  /** What the client sends, message by message. Throws as `messagesIn`. */
  messages(max_bytes: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    return messagesIn(this.#chunks(), max_bytes);
  }

  /** The one message of the client. Throws as `OnlyMessage`, and `busy` where too much is held already. */
  async message(max_bytes: number): Promise<Uint8Array> {
    const reader = new OnlyMessage(max_bytes);
    let own_bytes = 0;
    try {
      for (let chunk; (chunk = await this.#stream.read()) !== null;) {
        reader.take(chunk);
        own_bytes += chunk.length;
        held_bytes += chunk.length;
        if (held_bytes > LIMITS.held_bytes) {
          throw new HorizonError("busy", "Too much comes at once.");
        }
      }
      return reader.message();
    } finally {
      held_bytes -= own_bytes;
    }
  }

  /**
   * Sends a message. Resolves when the client can take the next one; ends the call of one that takes
   * nothing for too long.
   */
  async send(message: Uint8Array): Promise<void> {
    if (this.#hasEnded) return;
    this.begin();
    const timer = setTimeout(() => this.#stream.reset(CODE.cancel), SLOW_MS);
    await this.#stream.send(frameOf(message));
    clearTimeout(timer);
  }

  /** Sends the headers of an answer, which comes later. */
  begin(): void {
    if (this.#hasBegun || this.#hasEnded) return;
    this.#hasBegun = true;
    this.#stream.sendHeaders(HEAD_BLOCK, false);
  }

  /** A whole unary answer: one message, and OK. */
  async answer(message: Uint8Array): Promise<void> {
    if (this.#hasEnded) return;
    this.begin();
    if (!this.#stream.trySend(frameOf(message))) await this.send(message);
    this.end(OK);
  }

  /** Ends the call; nothing more is sent. A second end is none. */
  end(how: Ending): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const trailers = Object.entries(how);
    const block = this.#hasBegun
      ? how === OK ? OK_BLOCK : encodeHeaders(trailers)
      : encodeHeaders([...HEAD, ...trailers]);
    this.#stream.sendHeaders(block, true);
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    for (let chunk; (chunk = await this.#stream.read()) !== null;) yield chunk;
  }
}

/** Bytes of messages that have not come whole, of all calls. */
let held_bytes = 0;
