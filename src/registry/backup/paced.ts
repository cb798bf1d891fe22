import type { Clock } from "../../base/clock.ts";
import { LIMITS } from "../../protocol/limits.ts";

/** How long it rests after each chunk while others write, in times of what the chunk took. */
const REST = 3;

/** What tells whether others need the registry meanwhile. */
export interface Load {
  clock: Clock;
  /** The last event: it moves when someone writes. */
  seq(): number;
}

/**
 * Gathers small chunks to larger ones, and rests after each in which somebody wrote to the registry:
 * writers then have most of its time.
 */
export async function* paced(
  source: AsyncGenerator<Uint8Array>,
  { clock, seq }: Load,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const gathered = new Uint8Array(LIMITS.backup_chunk_bytes);
  let size_bytes = 0;
  let before = { ms: clock.monotonic(), seq: seq() };
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length;) {
      const part = chunk.subarray(from, from + gathered.length - size_bytes);
      gathered.set(part, size_bytes);
      size_bytes += part.length;
      from += part.length;
      if (size_bytes < gathered.length) continue;
      const rest_ms = seq() === before.seq ? 0 : REST * (clock.monotonic() - before.ms);
      await new Promise((resolve) => setTimeout(resolve, rest_ms));
      yield gathered.slice();
      size_bytes = 0;
      before = { ms: clock.monotonic(), seq: seq() };
    }
  }
  if (size_bytes > 0) yield gathered.slice(0, size_bytes);
}
