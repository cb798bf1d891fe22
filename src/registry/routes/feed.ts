import * as z from "zod";
import { HorizonError } from "../../base/errors.ts";
import { API_BASE } from "../../protocol/api.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { validate } from "../../protocol/validate.ts";
import { PageLimit, readQuery, Seq } from "../query.ts";
import { jsonBody } from "../respond.ts";
import type { App, Services } from "../services.ts";

const FeedQuery = z.strictObject({ after: Seq.default(0), limit: PageLimit });
const EventsQuery = z.strictObject({ after: Seq.optional() });
const decoder = new TextDecoder();

/** The public feed: pages of it, and the stream of what comes. */
export function feedRoutes(app: App, services: Services): void {
  const { sequencer, store, streams, feedStream, node } = services;

  app.get(`${API_BASE}/feeds/:node_id`, async (c) => {
    if (c.req.param("node_id") !== node.id) {
      throw new HorizonError("not_found", "This registry does not hold that node's feed.");
    }
    const { after, limit } = readQuery(c.req.raw, FeedQuery);
    const texts: string[] = [];
    let left_bytes: number = LIMITS.request_bytes;
    for await (const { bytes } of store.journal.read({ after_seq: after, limit })) {
      left_bytes -= bytes.length;
      if (left_bytes < 0) break;
      texts.push(decoder.decode(bytes));
    }
    const checkpoint = JSON.stringify(store.journal.head);
    return jsonBody(`{"events":[${texts}],"checkpoint":${checkpoint}}`);
  });

  app.get(`${API_BASE}/events`, (c) => {
    const { after } = readQuery(c.req.raw, EventsQuery);
    const last_id = c.req.header("last-event-id");
    const from = last_id === undefined ? after : validate(Seq, last_id, "Last-Event-ID");
    const after_seq = from ?? sequencer.feed.head.seq;
    c.set("as_of_seq", 0);
    return streams.respond((controller) => feedStream.follow(after_seq, controller));
  });
}
