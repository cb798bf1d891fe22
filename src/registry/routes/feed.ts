import { API_BASE } from "../../protocol/api.ts";
import { batchLines } from "../../protocol/feed_lines.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { FEED_LINES_TYPE } from "../../protocol/network.ts";
import { EventsQuery, FeedQuery, Seq } from "../../protocol/queries.ts";
import { validate } from "../../protocol/validate.ts";
import type { Batch } from "../../store/batch.ts";
import type { Journal } from "../../store/journal.ts";
import { feedReader, type HeldFeed, heldFeed, isFeedReader } from "../feeds.ts";
import { readQuery } from "../query.ts";
import { jsonBody } from "../respond.ts";
import type { App, Services } from "../services.ts";
import type { SseMessage } from "../streams.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The public feeds that this registry holds: pages of them, and the streams of what comes. */
export function feedRoutes(app: App, services: Services): void {
  const { sequencer, streams, feedStream, federation } = services;

  app.get(`${API_BASE}/feeds/:node_id`, async (c) => {
    const authorization = c.req.header("authorization");
    const reader = feedReader(authorization, services);
    const held = heldFeed(c.req.param("node_id"), services);
    const { after, limit } = readQuery(c.req.raw, FeedQuery);
    c.set("as_of_seq", 0);
    const accept = c.req.header("accept") ?? "";
    if (accept.includes("text/event-stream")) {
      return streams.respond((controller) => {
        const isOwn = held.tail === services.feedTail;
        const left = isOwn && reader !== null ? federation.followers.came(reader) : () => {};
        controller.signal.addEventListener("abort", left);
        const mayRead = () => isFeedReader(authorization, services);
        return takeWhile(messages(held, after, controller.signal), mayRead);
      });
    }
    if (accept.includes(FEED_LINES_TYPE)) return commits(held.journal, after);
    return await page(held.journal, after, limit);
  });

  app.get(`${API_BASE}/events`, (c) => {
    const authorization = c.req.header("authorization");
    feedReader(authorization, services);
    const { after } = readQuery(c.req.raw, EventsQuery);
    const last_id = c.req.header("last-event-id");
    const from = last_id === undefined ? after : validate(Seq, last_id, "Last-Event-ID");
    const after_seq = from ?? sequencer.feed.head.seq;
    c.set("as_of_seq", 0);
    const mayRead = () => isFeedReader(authorization, services);
    return streams.respond((controller) =>
      takeWhile(feedStream.follow(after_seq, controller), mayRead)
    );
  });
}

/** A page of events, and the head. */
async function page(journal: Journal, after_seq: number, limit: number): Promise<Response> {
  const texts: string[] = [];
  let left_bytes: number = LIMITS.request_bytes;
  for await (const { bytes } of journal.read({ after_seq, limit })) {
    left_bytes -= bytes.length;
    if (left_bytes < 0) break;
    texts.push(decoder.decode(bytes));
  }
  return jsonBody(`{"events":[${texts}],"checkpoint":${JSON.stringify(journal.head)}}`);
}

/** Whole commits, as many as an answer holds, at least one if there is one; read as they are taken. */
function commits(journal: Journal, after_seq: number): Response {
  const headers = { "content-type": FEED_LINES_TYPE, "cache-control": "no-store" };
  return new Response(ReadableStream.from(lines(journal, after_seq)), { headers });
}

async function* lines(journal: Journal, after_seq: number): AsyncGenerator<Uint8Array> {
  let size_bytes = 0;
  for await (const batch of journal.batches(after_seq)) {
    const bytes = encoder.encode(textOf(batch) + "\n");
    size_bytes += bytes.length;
    if (size_bytes > LIMITS.feed_page_bytes && size_bytes > bytes.length) return;
    yield bytes;
  }
}

async function* messages(
  { tail }: HeldFeed,
  after_seq: number,
  signal: AbortSignal,
): AsyncGenerator<SseMessage> {
  for await (const batch of tail.follow(after_seq, signal)) {
    yield { id: batch.checkpoint.seq, data: textOf(batch) };
  }
}

/** A stream ends with its reader's right to read: with the token, or when a peer is let go. */
async function* takeWhile<T>(source: AsyncIterable<T>, isGood: () => boolean): AsyncGenerator<T> {
  for await (const one of source) {
    if (!isGood()) return;
    yield one;
  }
}

function textOf({ records, checkpoint }: Batch): string {
  return batchLines({ texts: records.map((bytes) => decoder.decode(bytes)), checkpoint });
}
