import { HorizonError } from "../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";

/** A server-sent event: its id and its data, one line or several. */
export interface SseMessage {
  id: number;
  data: string;
}

/** Silence after which a comment is sent, so that nobody on the way takes the stream for dead. */
const KEEP_ALIVE_MS = 15_000;
const encoder = new TextEncoder();

/** The streams that are open, so that their number is bounded and the close of the registry ends them. */
export class Streams {
  readonly #open = new Set<AbortController>();

  get size(): number {
    return this.#open.size;
  }

  /**
   * A response that sends what the source yields, when the client takes it: nothing piles up here for
   * a slow one. The source ends when its signal is aborted; it may abort it itself. Throws
   * `limit_reached`.
   */
  respond(source: (controller: AbortController) => AsyncIterable<SseMessage>): Response {
    if (this.#open.size >= LIMITS.sse_clients) {
      throw new HorizonError("limit_reached", "Too many streams are open; try again later.");
    }
    const controller = new AbortController();
    this.#open.add(controller);
    const messages = source(controller)[Symbol.asyncIterator]();
    const end = () => {
      this.#open.delete(controller);
      controller.abort();
      // A source that nobody asks any more would never let go of what it holds.
      messages.return?.().catch(() => undefined);
    };
    let coming: Promise<IteratorResult<SseMessage>> | null = null;
    const body = new ReadableStream<Uint8Array>({
      async pull(stream) {
        try {
          coming ??= messages.next();
          const next = await within(coming, KEEP_ALIVE_MS);
          if (next === null) return stream.enqueue(encoder.encode(": still here\n\n"));
          coming = null;
          if (!next.done) {
            const { id, data } = next.value;
            const lines = data.replaceAll("\n", "\ndata: ");
            return stream.enqueue(encoder.encode(`id: ${id}\ndata: ${lines}\n\n`));
          }
          stream.close();
        } catch (thrown) {
          stream.error(thrown);
        }
        end();
      },
      cancel: end,
    }, { highWaterMark: 0 });
    const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };
    return new Response(body, { headers });
  }

  /** Ends every stream; each then closes by itself. */
  endAll(): void {
    for (const controller of this.#open) controller.abort();
  }
}

/** What the promise gives, or null if that takes longer. */
async function within<T>(promise: Promise<T>, wait_ms: number): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), wait_ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
