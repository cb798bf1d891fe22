import { createHash } from "node:crypto";
import { HorizonError } from "../base/errors.ts";

/** What someone promised of bytes that are still to come. */
export interface PromisedBytes {
  /** Lower-case hex. */
  sha256: string;
  max_bytes: number;
}

/**
 * The chunks of the source as they come. Throws `too_large` at the first beyond the limit, and
 * `blob_mismatch` after the last if they don't have the promised hash: only an iteration that ends
 * without an error has seen the promised bytes.
 */
export async function* checkedChunks(
  source: AsyncIterable<Uint8Array>,
  promised: PromisedBytes,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let size_bytes = 0;
  for await (const chunk of source) {
    size_bytes += chunk.length;
    if (size_bytes > promised.max_bytes) throw tooLarge(promised.max_bytes);
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest("hex");
  if (found !== promised.sha256) throw mismatch(promised.sha256, found);
}

/** More bytes came than there may be. */
export function tooLarge(max_bytes: number): HorizonError {
  return new HorizonError("too_large", `The blob has more than ${max_bytes} bytes`, {
    details: { max_bytes },
  });
}

/** Other bytes came than were promised. */
export function mismatch(promised: string, found: string): HorizonError {
  return new HorizonError("blob_mismatch", `The bytes have hash ${found}, not ${promised}`, {
    details: { promised, found },
  });
}
