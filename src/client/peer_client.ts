import { TextLineStream } from "@std/streams/text-line-stream";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Identity } from "../base/identity.ts";
import { API_BASE, Session } from "../protocol/api.ts";
import { BatchReader, type FeedBatch } from "../protocol/feed_lines.ts";
import { LIMITS } from "../protocol/limits.ts";
import { EvidencePage, FEED_LINES_TYPE, type NodeRecord, PeersView } from "../protocol/network.ts";
import { validate } from "../protocol/validate.ts";
import { badAnswer, readJson } from "./body.ts";
import { call, type CallOptions, namedError, openStream } from "./caller.ts";
import { signSession } from "./intents.ts";
import { SessionToken } from "./sessions.ts";
import { boundLines } from "./sse.ts";
import type { Transport } from "./transport.ts";

export interface PeerClientOptions {
  transport: Transport;
  /** The node that asks. */
  identity: Identity;
  /** The node that is asked. */
  node_id: string;
  clock?: Clock;
}

/** How long a follower may hear nothing, not even that the stream is still there. */
const SILENCE_MS = 40_000;

/** A registry as another registry sees it: its peers, its evidence, and the feeds that it holds. */
export class PeerClient {
  readonly #options: PeerClientOptions;
  readonly #session: SessionToken;

  constructor(options: PeerClientOptions) {
    this.#options = options;
    this.#session = new SessionToken(() => this.#openSession(), options.clock ?? systemClock);
  }

  /** The node that is asked. */
  get node_id(): string {
    return this.#options.node_id;
  }

  async peers(): Promise<PeersView> {
    const value = await this.#ask(
      "/peers",
      {},
      (response) => readJson(response, LIMITS.peers_answer_bytes),
    );
    return validate(PeersView, value, "The peer's answer", "bad_gateway");
  }

  /** Tells the peer where this registry is. */
  async introduce(record: NodeRecord): Promise<void> {
    const options = { method: "PUT", json: record } as const;
    await this.#ask(`/peers/${record.node_id}`, options, async (response) => {
      await response.body?.cancel();
    });
  }

  async evidence(): Promise<EvidencePage> {
    const value = await this.#ask(
      "/evidence",
      {},
      (response) => readJson(response, LIMITS.network_answer_bytes),
    );
    return validate(EvidencePage, value, "The peer's answer", "bad_gateway");
  }

  /**
   * One answer with commits of a feed after a seq, handed on one by one until `take` says false; how
   * many there were. Zero says that there are no more. Throws `bad_gateway` for what is no feed.
   */
  async pull(
    node_id: string,
    after: number,
    take: (batch: FeedBatch) => boolean | Promise<boolean>,
  ): Promise<number> {
    const options = { query: { after }, accept: FEED_LINES_TYPE };
    return await this.#ask(`/feeds/${node_id}`, options, async (response) => {
      const type = response.headers.get("Content-Type") ?? "";
      if (response.body === null || !type.startsWith(FEED_LINES_TYPE)) {
        throw badAnswer("it is no feed");
      }
      let count = 0;
      for await (const batch of batchesOf(linesOf(response.body))) {
        count++;
        if (!await take(batch)) break;
      }
      return count;
    }, REQUEST_MS);
  }

  /** The commits of a feed after a seq as they come; null for a sign of life. Ends with the signal. */
  async *tail(
    node_id: string,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<FeedBatch | null> {
    const { transport } = this.#options;
    const silence = new AbortController();
    const both = AbortSignal.any([signal, silence.signal]);
    const token = await this.#session.get();
    const options = { query: { after }, accept: "text/event-stream", token, signal: both };
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const body = await openStream(transport, `${API_BASE}/feeds/${node_id}`, options);
      const reader = new BatchReader();
      for await (const line of linesOf(body)) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        if (line.startsWith(":")) yield null;
        if (!line.startsWith(DATA_START)) continue;
        const batch = reader.take(line.slice(DATA_START.length));
        if (batch !== null) yield batch;
      }
    } catch (thrown) {
      if (silence.signal.aborted) throw badAnswer("its stream has gone silent", thrown);
      throw namedError(thrown, transport, SILENCE_MS, signal);
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  async #ask<T>(
    path: string,
    options: CallOptions,
    use: (response: Response) => Promise<T>,
    timeout_ms: number = LIMITS.peer_timeout_ms,
  ): Promise<T> {
    const token = await this.#session.get();
    const asked = { ...options, token, timeout_ms };
    try {
      return await call(this.#options.transport, API_BASE + path, asked, use);
    } catch (thrown) {
      // A peer that was restarted knows no session any more.
      this.#session.forget();
      throw thrown;
    }
  }

  async #openSession(): Promise<Session> {
    const { transport, identity, node_id, clock = systemClock } = this.#options;
    const json = await signSession({ identity, node_id, now_ms: clock.now() });
    const options = { method: "POST", json, timeout_ms: LIMITS.peer_timeout_ms } as const;
    const read = (response: Response) => readJson(response, LIMITS.request_bytes);
    const value = await call(transport, `${API_BASE}/sessions`, options, read);
    return validate(Session, value, "The peer's answer", "bad_gateway");
  }
}

const DATA_START = "data: ";
/** How long one answer with events may take: 16 MiB over a slow line, decided while they come. */
const REQUEST_MS = 120_000;

async function* batchesOf(lines: AsyncIterable<string>): AsyncGenerator<FeedBatch> {
  const reader = new BatchReader();
  for await (const line of lines) {
    const batch = reader.take(line);
    if (batch !== null) yield batch;
  }
  if (!reader.isWhole) throw badAnswer("its feed ends within a commit");
}

function linesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<string> {
  return body.pipeThrough(boundLines(LIMITS.journal_batch_bytes))
    .pipeThrough(new TextDecoderStream("utf-8", { fatal: true }))
    .pipeThrough(new TextLineStream());
}
