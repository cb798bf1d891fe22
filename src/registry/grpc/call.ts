import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { once } from "node:events";
import { HorizonError } from "../../base/errors.ts";
import { timeoutOf } from "./deadline.ts";
import { frameOf, messagesIn, OnlyMessage } from "./frames.ts";
import { type Ending, ending, OK, STATUS } from "./status.ts";

/** A client that takes nothing for this long, while messages wait for it, is given up. */
const SLOW_MS = 30_000;

/** One call, from its headers to its trailers. */
export class Call {
  readonly headers: IncomingHttpHeaders;
  /** Told once, when the call has ended in whatever way. */
  readonly #onEnd: (call: Call) => void;
  readonly #stream: ServerHttp2Stream;
  /** Made for those who ask: most calls are over before anyone does. */
  #aborter: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hasBegun = false;
  #hasEnded = false;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    onEnd: (call: Call) => void,
  ) {
    this.#stream = stream;
    this.headers = headers;
    this.#onEnd = onEnd;
    stream.on("error", () => this.#forget());
    stream.on("close", () => this.#forget());
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
    return this.#stream.session?.socket.remoteAddress ?? "unknown";
  }

  /** Ends the call when its deadline is over. Throws `invalid_input` for one that can't be read. */
  startDeadline(): void {
    const timeout_ms = timeoutOf(headerOf(this.headers, "grpc-timeout"));
    if (timeout_ms === null) return;
    const late = () => this.end(ending(STATUS.deadline_exceeded, "The deadline is over."));
    this.#timer = setTimeout(late, timeout_ms);
  }

  /** What the client sends, message by message. Throws as `messagesIn`. */
  messages(max_bytes: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    // A message that is refused leaves the stream open: its answer is to come.
    return messagesIn(this.#stream.iterator({ destroyOnReturn: false }), max_bytes);
  }

  /** The one message of the client. Throws `invalid_input` for none or several, and as `onlyMessage`. */
  message(max_bytes: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const reader = new OnlyMessage(max_bytes);
      let isWhole = false;
      const attempt = (step: () => void) => {
        try {
          step();
        } catch (thrown) {
          this.#stream.removeAllListeners("data");
          reject(thrown);
        }
      };
      this.#stream.on("data", (chunk: Uint8Array) => attempt(() => reader.take(chunk)));
      this.#stream.on("end", () => attempt(() => resolve(reader.message())));
      this.#stream.on("end", () => isWhole = true);
      this.#stream.on("close", () => isWhole || reject(gone()));
    });
  }

  /**
   * Sends a message. Resolves when the client can take the next one; ends the call of one that takes
   * nothing for too long.
   */
  async send(message: Uint8Array): Promise<void> {
    if (this.#hasEnded) return;
    this.begin();
    if (this.#stream.write(frameOf(message))) return;
    const timer = setTimeout(() => {
      this.end(ending(STATUS.resource_exhausted, "The client takes nothing."));
      this.#stream.close();
    }, SLOW_MS);
    await once(this.#stream, "drain", { signal: this.signal }).catch(() => undefined);
    clearTimeout(timer);
  }

  /** Sends the headers of an answer, which comes later. */
  begin(): void {
    if (this.#hasBegun || this.#hasEnded) return;
    this.#hasBegun = true;
    this.#stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, {
      waitForTrailers: true,
    });
  }

  /** A whole unary answer: one message, and OK. */
  answer(message: Uint8Array): void {
    if (this.#hasEnded) return;
    this.begin();
    this.#endWith(OK, frameOf(message));
  }

  /** Ends the call; nothing more is sent. A second end is none. */
  end(how: Ending): void {
    if (this.#hasEnded || this.#stream.destroyed) return;
    if (this.#hasBegun) return this.#endWith(how);
    this.#hasEnded = true;
    this.#hasBegun = true;
    // Nobody reads what the client still sends.
    this.#stream.resume();
    this.#stream.respond(
      { ":status": 200, "content-type": "application/grpc+proto", ...how },
      { endStream: true },
    );
    this.#forget();
  }

  #endWith(how: Ending, last?: Uint8Array): void {
    this.#hasEnded = true;
    this.#aborter?.abort();
    this.#stream.once("wantTrailers", () => this.#stream.sendTrailers({ ...how }));
    if (last === undefined) this.#stream.end();
    else this.#stream.end(last);
    clearTimeout(this.#timer);
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#hasEnded = true;
    this.#aborter?.abort();
    this.#onEnd(this);
  }
}

function gone(): HorizonError {
  return new HorizonError("interrupted", "The client went away.");
}

/** A header that is there once. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}
