/** Sets of ids by a key, without empty ones. */
export type IndexOfSets = Map<string, Set<string>>;

export function addTo(index: IndexOfSets, key: string, id: string): void {
  const ids = index.get(key);
  if (ids === undefined) index.set(key, new Set([id]));
  else ids.add(id);
}

export function removeFrom(index: IndexOfSets, key: string, id: string): void {
  const ids = index.get(key);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(key);
}
