import type * as z from "zod";
import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { API_BASE, Session } from "../protocol/api.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";
import { badAnswer, readJson } from "./body.ts";
import {
  call,
  type CallOptions,
  namedError,
  openStream,
  REQUEST_TIMEOUT_MS,
  type Use,
} from "./caller.ts";
import { signSession } from "./intents.ts";
import { realWait, RESTART_CODES, type Wait, withRetries } from "./retries.ts";
import { SessionToken } from "./sessions.ts";
import { serverEvents } from "./sse.ts";
import type { Transport } from "./transport.ts";

export interface ClientOptions {
  transport: Transport;
  identity: Identity;
  /** The registry's node id: the audience of intents, the signer of receipts. */
  node_id: string;
  clock?: Clock;
  /** Aborts every request. */
  signal?: AbortSignal;
  wait?: Wait;
}

/**
 * How one actor asks a registry: bounded, validated, with a session's token where one is needed. After
 * a write, reads wait until they show it.
 */
export class Requests {
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #session: SessionToken;
  /** Highest seq of a receipt: what reads must show. */
  #seen_seq = 0;

  constructor(options: ClientOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#session = new SessionToken(() => this.#openSession(), clock);
  }

  /** Reads from now on show the feed up to that seq. */
  saw(seq: number): void {
    this.#seen_seq = Math.max(this.#seen_seq, seq);
  }

  /** The session's token; signs for one where there is none. */
  token(): Promise<string> {
    return this.#session.get();
  }

  /** A public read, tried again for as long as a registry takes to start anew. */
  async read<T extends z.ZodType>(
    path: string,
    schema: T,
    query: NonNullable<CallOptions["query"]> = {},
  ): Promise<z.infer<T>> {
    const value = await withRetries(
      () => this.open(path, { query: this.fresh(query) }, readAnswer),
      this.#options.wait ?? realWait,
      this.#options.signal,
      RESTART_CODES,
    );
    return validate(schema, value, "The registry's answer", "bad_gateway");
  }

  /** A write with the session's token. */
  async post<T extends z.ZodType>(
    path: string,
    schema: T,
    options: CallOptions,
  ): Promise<z.infer<T>> {
    const value = await this.signed(path, { ...options, method: "POST" }, readAnswer);
    return validate(schema, value, "The registry's answer", "bad_gateway");
  }

  /** The messages of a stream of server-sent events; the signal interrupts it. */
  async *stream<T extends z.ZodType>(
    path: string,
    schema: T,
    options: CallOptions & { signal: AbortSignal },
  ): AsyncGenerator<z.infer<T>> {
    const { transport } = this.#options;
    try {
      const body = await openStream(transport, API_BASE + path, options);
      for await (const { data } of serverEvents(body)) {
        yield validate(schema, parseJson(data), "The registry's stream", "bad_gateway");
      }
    } catch (thrown) {
      throw namedError(thrown, transport, REQUEST_TIMEOUT_MS, options.signal);
    }
  }

  /** A request with the session's token; once more with a new one if the registry forgot it. */
  async signed<T>(
    path: string,
    options: CallOptions,
    use: Use<T>,
  ): Promise<T> {
    try {
      return await this.open(path, { ...options, token: await this.token() }, use);
    } catch (thrown) {
      if (!(thrown instanceof HorizonError) || thrown.code !== "session_invalid") throw thrown;
      this.#session.forget();
      return await this.open(path, { ...options, token: await this.token() }, use);
    }
  }

  /** A request without a token, once. */
  open<T>(
    path: string,
    options: CallOptions,
    use: Use<T>,
  ): Promise<T> {
    const { transport, signal } = this.#options;
    const both = signal === undefined ? {} : { signal: joined(signal, options.signal) };
    return call(transport, API_BASE + path, { ...options, ...both }, use);
  }

  async #openSession(): Promise<Session> {
    const { identity, node_id } = this.#options;
    const json = await signSession({ identity, node_id, now_ms: this.#clock.now() });
    const value = await this.open("/sessions", { method: "POST", json }, readAnswer);
    return validate(Session, value, "The registry's answer", "bad_gateway");
  }

  /** A query that waits for what this client has written. */
  fresh(query: NonNullable<CallOptions["query"]>): NonNullable<CallOptions["query"]> {
    return this.#seen_seq === 0 ? query : { ...query, min_seq: this.#seen_seq };
  }
}

/** The JSON of an answer, within its bound. */
export function readAnswer(response: Response): Promise<unknown> {
  return readJson(response, LIMITS.request_bytes);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badAnswer("its stream is not JSON", cause);
  }
}

function joined(a: AbortSignal, b: AbortSignal | undefined): AbortSignal {
  return b === undefined ? a : AbortSignal.any([a, b]);
}
