/** An entry of a key-value store; `versionstamp` is null where nothing is stored under the key. */
export interface KvEntry {
  key: Deno.KvKey;
  value: unknown;
  versionstamp: string | null;
}

/** A write of several keys at once: all of it is durable after a commit that is `ok`, or none. */
export interface KvAtomic {
  /** The commit is not `ok` unless the key still has this versionstamp (null: unless it is free). */
  check(check: { key: Deno.KvKey; versionstamp: string | null }): KvAtomic;
  set(key: Deno.KvKey, value: Uint8Array | number): KvAtomic;
  commit(): Promise<{ ok: true; versionstamp: string } | { ok: false }>;
}

/** What the journal needs of its engine: a Deno KV file, or a shared store that speaks KV Connect. */
export interface KvStore {
  get(key: Deno.KvKey): Promise<KvEntry>;
  list(
    selector: Deno.KvListSelector,
    options: { limit: number; reverse?: boolean; batchSize?: number },
  ): AsyncIterableIterator<KvEntry>;
  atomic(): KvAtomic;
  close(): void;
}
