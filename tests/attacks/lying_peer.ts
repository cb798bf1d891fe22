import type { Identity } from "../../src/base/identity.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { canonicalJson } from "../../src/base/json.ts";
import { makeNodeRecord } from "../../src/federation/node_record.ts";
import { evidenceId } from "../../src/protocol/evidence.ts";
import { type Checkpoint, GENESIS_PREV } from "../../src/protocol/feed.ts";
import { batchLines, type FeedBatch } from "../../src/protocol/feed_lines.ts";
import { SessionEnvelope } from "../../src/protocol/intent.ts";
import { type Evidence, FEED_LINES_TYPE, type PeerView } from "../../src/protocol/network.ts";
import { PROBLEM_TYPE } from "../../src/protocol/problem.ts";
import { signed } from "../../src/protocol/signed.ts";
import type { TestRegistry } from "../registry/harness.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const START = { seq: 0, hash: GENESIS_PREV };

/** What an event says, before a lie is told of it. */
export type Told = Record<string, unknown> & { seq: number; at: number; type: string };

/** The commits of a registry's own feed, as its peers get them. */
export async function feedOf(registry: TestRegistry): Promise<FeedBatch[]> {
  await registry.services.sequencer.idle();
  const batches: FeedBatch[] = [];
  for await (const { records, checkpoint } of registry.services.store.journal.batches(0)) {
    batches.push({ texts: records.map((bytes) => decoder.decode(bytes)), checkpoint });
  }
  return batches;
}

export function eventsOf(batches: readonly FeedBatch[]): Told[] {
  return batches.flatMap(({ texts }) => texts).map((text) => JSON.parse(text));
}

/** Events as one hash chain after a head, each with the seq of its place unless it says otherwise. */
export function chained(
  events: readonly Record<string, unknown>[],
  after: { seq: number; hash: string } = START,
): string[] {
  let { hash } = after;
  return events.map((event, i) => {
    const text = canonicalJson({ seq: after.seq + 1 + i, ...event, prev: hash });
    hash = sha256Hex(text);
    return text;
  });
}

/**
 * A program that holds the key of a registry and signs and serves whatever it likes. Each reader may
 * be shown another feed; what is not overridden is answered as an honest registry would.
 */
export class LyingPeer implements AsyncDisposable {
  readonly node: Identity;
  /** What all see to whom nothing else is shown. */
  feed: FeedBatch[] = [];
  /** Feeds for single readers, by their node id. */
  readonly shown = new Map<string, FeedBatch[]>();
  /** Feeds of other nodes that it serves copies of. */
  readonly copies = new Map<string, FeedBatch[]>();
  peers: PeerView[] = [];
  evidence: Evidence[] = [];
  /** Changes to what it says of itself. */
  info: Record<string, unknown> = {};
  /** Answers in place of its own, by path. */
  readonly answers = new Map<string, (request: Request) => Response | Promise<Response>>();
  /** The requests that came. */
  readonly requests: Request[] = [];
  readonly #url: string;
  readonly #clock: { now(): number };
  readonly #readers = new Map<string, string>();
  readonly #waiting = new Set<() => void>();
  readonly #ended = new AbortController();

  constructor(node: Identity, url: string, clock: { now(): number }) {
    this.node = node;
    this.#url = url;
    this.#clock = clock;
  }

  /** One that has taken over a registry's key and what it has signed so far. */
  static async of(registry: TestRegistry, name: string): Promise<LyingPeer> {
    const peer = new LyingPeer(registry.node, `http://${name}`, registry.clock);
    peer.feed = await feedOf(registry);
    return peer;
  }

  /** A commit of these events after a head, signed; the checkpoint says what the changes say. */
  async commit(
    events: readonly Record<string, unknown>[],
    after: { seq: number; hash: string } = this.feed.at(-1)?.checkpoint ?? START,
    changes: Partial<Checkpoint> = {},
  ): Promise<FeedBatch> {
    const texts = chained(events, after);
    return { texts, checkpoint: await this.sign(texts, after.seq + texts.length, changes) };
  }

  /** A signed checkpoint after these texts. */
  async sign(
    texts: readonly string[],
    seq: number,
    changes: Partial<Checkpoint> = {},
  ): Promise<Checkpoint> {
    const hash = sha256Hex(texts.at(-1) ?? "");
    const { sig: _, ...rest } = { seq, hash, node: this.node.id, epoch: 1, sig: "", ...changes };
    return await signed(rest, this.node);
  }

  /** Tells those who listen that there is more. */
  wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  async fetch(path: string, init?: RequestInit): Promise<Response> {
    const request = new Request(`http://liar${path}`, init);
    return await this.answer(request);
  }

  async answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    this.requests.push(request);
    const own = this.answers.get(pathname);
    if (own !== undefined) return await own(request);
    if (pathname === "/v1/node") return Response.json(this.#node());
    if (pathname === "/v1/sessions") return await this.#session(request);
    if (pathname === "/v1/peers") return Response.json(await this.#peersFor(request));
    if (pathname === "/v1/evidence") return Response.json(this.#evidencePage());
    const [, node_id = ""] = /^\/v1\/feeds\/(\w+)$/.exec(pathname) ?? [];
    if (node_id !== "") return this.#feed(node_id, Number(searchParams.get("after")), request);
    if (request.method === "PUT") return Response.json({});
    return problem("not_found");
  }

  /** The feed that a reader sees. */
  feedFor(reader: string): FeedBatch[] {
    return this.shown.get(reader) ?? this.feed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.wake();
    return Promise.resolve();
  }

  #node() {
    const { seq, hash } = this.feed.at(-1)?.checkpoint ?? START;
    const settings = eventsOf(this.feed.slice(0, 1))[0]?.data;
    return {
      node_id: this.node.id,
      network: "horizon-1",
      protocol: 1,
      software: "horizon/0.0.0",
      settings: isObject(settings) ? settings.settings : {},
      head: { seq, hash },
      now: this.#clock.now(),
      ...this.info,
    };
  }

  async #session(request: Request): Promise<Response> {
    const { intent } = SessionEnvelope.parse(await request.json());
    const token = sha256Hex(intent.id).slice(0, 40);
    this.#readers.set(token, intent.actor);
    return Response.json({ token, expires_at: this.#clock.now() + 15 * 60_000 });
  }

  #readerOf(request: Request): string {
    const token = request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
    return this.#readers.get(token) ?? "";
  }

  async #peersFor(request: Request) {
    return {
      self: await makeNodeRecord(this.node, [this.#url], this.#clock.now()),
      head: this.feedFor(this.#readerOf(request)).at(-1)?.checkpoint ?? null,
      peers_only: false,
      peers: this.peers,
      evidence: this.evidence.map(evidenceId),
    };
  }

  #evidencePage() {
    return { evidence: this.evidence.map((evidence) => ({ id: evidenceId(evidence), evidence })) };
  }

  #feed(node_id: string, after: number, request: Request): Response {
    const reader = this.#readerOf(request);
    const feed = () => node_id === this.node.id ? this.feedFor(reader) : this.copies.get(node_id);
    if (feed() === undefined) return problem("not_found");
    const accept = request.headers.get("accept") ?? "";
    if (accept.includes("event-stream")) return this.#stream(() => feed() ?? [], after);
    const lines = cutAfter(feed() ?? [], after).map((batch) => batchLines(batch) + "\n");
    return new Response(lines.join(""), { headers: { "content-type": FEED_LINES_TYPE } });
  }

  #stream(feed: () => readonly FeedBatch[], after: number): Response {
    let sent = after;
    const body = new ReadableStream<Uint8Array>({
      pull: async (stream) => {
        for (;;) {
          if (this.#ended.signal.aborted) return stream.close();
          const [next] = cutAfter(feed(), sent);
          if (next !== undefined) {
            sent = next.checkpoint.seq;
            const lines = batchLines(next).replaceAll("\n", "\ndata: ");
            return stream.enqueue(encoder.encode(`id: ${sent}\ndata: ${lines}\n\n`));
          }
          await new Promise<void>((resolve) => this.#waiting.add(resolve));
        }
      },
    }, { highWaterMark: 0 });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}

/** The commits after a seq, the first one cut to begin there, as an honest registry gives them. */
function cutAfter(batches: readonly FeedBatch[], after: number): FeedBatch[] {
  return batches.filter(({ checkpoint }) => checkpoint.seq > after).map((batch) => {
    const first_seq = batch.checkpoint.seq - batch.texts.length + 1;
    return { ...batch, texts: batch.texts.slice(Math.max(0, after + 1 - first_seq)) };
  });
}

export function problem(code: string): Response {
  const body = { type: "about:blank", title: code, status: 404, detail: code, code };
  return new Response(JSON.stringify(body), {
    status: 404,
    headers: { "content-type": PROBLEM_TYPE },
  });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
