import type { Clock } from "../../base/clock.ts";
import { LIMITS } from "../../protocol/limits.ts";

/**
 * Gathers small chunks to larger ones, and after each rests as long as it took: whoever writes to the
 * registry meanwhile has at least half of its time.
 */
export async function* paced(
  source: AsyncGenerator<Uint8Array>,
  clock: Clock,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const gathered = new Uint8Array(LIMITS.backup_chunk_bytes);
  let size_bytes = 0;
  let since_ms = clock.monotonic();
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length;) {
      const part = chunk.subarray(from, from + gathered.length - size_bytes);
      gathered.set(part, size_bytes);
      size_bytes += part.length;
      from += part.length;
      if (size_bytes < gathered.length) continue;
      const worked_ms = clock.monotonic() - since_ms;
      await new Promise((resolve) => setTimeout(resolve, worked_ms));
      yield gathered.slice();
      size_bytes = 0;
      since_ms = clock.monotonic();
    }
  }
  if (size_bytes > 0) yield gathered.slice(0, size_bytes);
}
