import { numberOf } from "../market/market.ts";

/** A page of the records that are accepted, the newest first: a map keeps the order of their ids. */
export function pageOf<T>(
  records: ReadonlyMap<string, T>,
  accepts: (record: T) => boolean,
  page: { limit: number; cursor: string | undefined },
): { shown: T[]; next_cursor: string | null } {
  const before = page.cursor === undefined ? Infinity : numberOf(page.cursor);
  const shown: T[] = [];
  let last: string | null = null;
  for (const [id, record] of [...records].reverse()) {
    if (numberOf(id) >= before || !accepts(record)) continue;
    if (shown.length === page.limit) return { shown, next_cursor: last };
    shown.push(record);
    last = id;
  }
  return { shown, next_cursor: null };
}
