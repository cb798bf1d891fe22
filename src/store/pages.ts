import { HorizonError } from "../base/errors.ts";
import { diskError } from "./disk_error.ts";
import { KEYS } from "./keys.ts";
import type { KvStore } from "./kv.ts";

/** One value of a batch, and its place. */
export interface StoredPart {
  first_seq: number;
  part: number;
  value: unknown;
}

/**
 * The stored parts of the batches from `first_seq` up to `last_seq`, in order, a page of values at a
 * time. The next page is read while the caller works on this one. Throws `data_corrupt`.
 */
export async function* storedPages(
  kv: KvStore,
  range: { first_seq: number; last_seq: number },
  page_values: number,
): AsyncGenerator<StoredPart[]> {
  const end = KEYS.feedBatch(range.last_seq + 1);
  const fetch = (start: Deno.KvKey) => {
    const page = readPage(kv, { start, end }, page_values);
    // Its failure is thrown where the page is awaited, which may be later.
    page.catch(() => {});
    return page;
  };
  let coming: Promise<StoredPart[]> | null = fetch(KEYS.feedBatch(range.first_seq));
  try {
    while (coming !== null) {
      const page: StoredPart[] = await coming;
      const last = page.at(-1);
      coming = last === undefined || page.length < page_values
        ? null
        : fetch(KEYS.feedPart(last.first_seq, last.part + 1));
      yield page;
    }
  } finally {
    // A caller that stops early may close the file next.
    await coming?.catch(() => {});
  }
}

/** The place that a key of the feed names. Throws `data_corrupt` for one that is none. */
export function placeOf(key: Deno.KvKey): { first_seq: number; part: number } {
  const [, first_seq, part] = key;
  if (typeof first_seq === "number" && typeof part === "number") return { first_seq, part };
  throw new HorizonError("data_corrupt", `The journal holds a key that is none: ${key.join("/")}`);
}

async function readPage(
  kv: KvStore,
  selector: Deno.KvListSelector,
  page_values: number,
): Promise<StoredPart[]> {
  const page: StoredPart[] = [];
  try {
    const entries = kv.list(selector, { limit: page_values, batchSize: page_values });
    for await (const { key, value } of entries) page.push({ ...placeOf(key), value });
  } catch (cause) {
    throw diskError(cause, "reading the journal");
  }
  return page;
}
