/** More than the further records that one event can make. */
const SUFFIXES = 10_000;

/** The number of the first record that an event makes. */
export function numberOfEvent(seq: number): number {
  return seq * SUFFIXES;
}

/**
 * What orders ids by age, and no two of a kind share: the seq of the event that made it, then the
 * suffix that tells the records of one event apart. Exact for the first 9 · 10¹¹ events.
 */
export function numberOf(id: string): number {
  const start = id.indexOf("_") + 1;
  const dash = id.indexOf("-", start);
  if (dash < 0) return numberOfEvent(Number(id.slice(start)));
  return numberOfEvent(Number(id.slice(start, dash))) + Number(id.slice(dash + 1));
}
