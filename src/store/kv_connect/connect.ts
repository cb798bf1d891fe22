import type { KvAtomic, KvEntry, KvStore } from "../kv.ts";
import {
  decodeReadOutput,
  decodeWriteOutput,
  encodeRead,
  encodeWrite,
  type ReadRange,
  type WireEntry,
  type WireWrite,
} from "./datapath.ts";
import { decodeKey, encodeKey, encodeSelector } from "./kv_keys.ts";
import { decodeValue, encodeValue } from "./kv_values.ts";
import { badStoreAnswer, type StoreAddress, StoreSession } from "./session.ts";

/**
 * A shared store that speaks KV Connect (a self-hosted `denokv`, or hosted Deno KV). Every operation
 * ends within `LIMITS.store_timeout_ms` a request, by its result or an error, and nothing is tried
 * again behind the caller's back: after an error of a commit its outcome is unknown. Throws
 * `store_unreachable` and `store_refused`, here (the connection begins with an exchange of metadata)
 * and later.
 */
export async function connectStore(address: StoreAddress): Promise<KvStore> {
  const session = await StoreSession.open(address);
  return {
    async get(key) {
      const start = encodeKey(key);
      const end = Uint8Array.from([...start, 0]);
      const [found] = await readRange(session, { start, end, limit: 1, reverse: false });
      return found ?? { key, value: null, versionstamp: null };
    },
    async *list(selector, { limit, reverse = false }) {
      yield* await readRange(session, { ...encodeSelector(selector), limit, reverse });
    },
    atomic: () => new StoreWrite(session),
    close: () => session.close(),
  };
}

async function readRange(session: StoreSession, range: ReadRange): Promise<KvEntry[]> {
  const body = await session.call("snapshot_read", encodeRead([range]));
  const ranges = decoded(session, () => decodeReadOutput(body));
  if (ranges === null) throw session.unreachable("it can't read now");
  const [entries] = ranges;
  if (ranges.length !== 1 || entries === undefined) {
    throw badStoreAnswer(session.origin, "it answers for another number of ranges");
  }
  return decoded(session, () => entries.map(entryOf));
}

function entryOf({ key, value, encoding, versionstamp }: WireEntry): KvEntry {
  return {
    key: decodeKey(key),
    value: decodeValue(value, encoding),
    versionstamp: versionstamp.toHex(),
  };
}

/** What a decoder makes of an answer; bytes that are none are the store's fault. */
function decoded<T>(session: StoreSession, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw badStoreAnswer(session.origin, "its answer can't be read", cause);
  }
}

class StoreWrite implements KvAtomic {
  readonly #session: StoreSession;
  readonly #write: WireWrite = { checks: [], sets: [] };

  constructor(session: StoreSession) {
    this.#session = session;
  }

  check({ key, versionstamp }: { key: Deno.KvKey; versionstamp: string | null }): this {
    const stamp = versionstamp === null ? new Uint8Array(0) : Uint8Array.fromHex(versionstamp);
    this.#write.checks.push({ key: encodeKey(key), versionstamp: stamp });
    return this;
  }

  set(key: Deno.KvKey, value: Uint8Array | number): this {
    this.#write.sets.push({ key: encodeKey(key), value: encodeValue(value) });
    return this;
  }

  async commit(): Promise<{ ok: true; versionstamp: string } | { ok: false }> {
    const body = await this.#session.call("atomic_write", encodeWrite(this.#write));
    const outcome = decoded(this.#session, () => decodeWriteOutput(body));
    if (outcome.status === "check_failure") return { ok: false };
    if (outcome.status === "success") {
      return { ok: true, versionstamp: outcome.versionstamp.toHex() };
    }
    throw this.#session.unreachable("it can't write now");
  }
}
