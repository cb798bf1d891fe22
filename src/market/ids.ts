/** The number in the id of a lease or job: the seq of the event that made it, so no two share one. */
export function numberOf(id: string): number {
  return Number(id.slice(id.indexOf("_") + 1));
}
