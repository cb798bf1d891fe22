import { ServerSentEventParseStream } from "@std/http/server-sent-event-parse-stream";
import { badAnswer } from "./body.ts";

/** One message of an event stream. */
export interface ServerEvent {
  id: string | null;
  event: string;
  data: string;
}

/** Longest message; an event of the feed is well below. */
const MESSAGE_BYTES = 256 * 1024;

/** The messages of a server-sent event stream, each with data. Throws `bad_gateway` for an endless one. */
export async function* serverEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<ServerEvent> {
  const messages = body.pipeThrough(boundLines(MESSAGE_BYTES)).pipeThrough(
    new ServerSentEventParseStream(),
  );
  for await (const { id, event, data } of messages) {
    if (data !== undefined) yield { id: id ?? null, event: event ?? "message", data };
  }
}

/** Passes bytes on until a line is longer than it may be: a parser keeps an open line. */
export function boundLines(
  max_bytes: number,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const newline = 0x0a;
  let open_bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const last = chunk.lastIndexOf(newline);
      open_bytes = last < 0 ? open_bytes + chunk.length : chunk.length - last - 1;
      if (open_bytes > max_bytes) throw badAnswer("a message of its stream has no end");
      controller.enqueue(chunk);
    },
  });
}
