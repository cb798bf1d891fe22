import { sha256Hex } from "../base/hash.ts";
import { canonicalJson } from "../base/json.ts";
import type { Intent } from "../protocol/intent.ts";
import { LIMITS } from "../protocol/limits.ts";

/** What became of an intent: the event that carries it. */
export interface SeenIntent {
  /** `bodyHash` of the intent. */
  body_sha256: string;
  seq: number;
}

/** A remembered intent, as a snapshot keeps it. */
export interface MemoryEntry extends SeenIntent {
  actor: string;
  id: string;
  expires_at: number;
}

interface Remembered {
  seq: number;
  expires_at: number;
  /** The hash, or the intent that it will be of: most are forgotten before anyone asks. */
  body: string | Intent;
}

const MINUTE_MS = 60_000;

/** SHA-256 (hex) of an intent's type and body: what makes two intents of one id the same. */
export function bodyHash(intent: Intent): string {
  return sha256Hex(canonicalJson([intent.type, intent.body]));
}

/**
 * The ids of intents that were answered, until `LIMITS.intent_memory_ms` after they expire, in whole
 * minutes: what is remembered depends on the last event's time alone.
 */
export class IntentMemory {
  readonly #seen = new Map<string, Remembered>();
  /** Keys by the minute of their expiry; as many minutes as an intent may live ahead. */
  readonly #minutes = new Map<number, string[]>();
  #swept_minute = -1;

  /** The answer to an actor's intent of that id, if it is remembered. */
  get(actor: string, id: string): SeenIntent | undefined {
    const entry = this.#seen.get(keyOf(actor, id));
    return entry === undefined ? undefined : { body_sha256: hashOf(entry), seq: entry.seq };
  }

  add(intent: Intent, seq: number): void {
    this.#put(keyOf(intent.actor, intent.id), { seq, expires_at: intent.expires_at, body: intent });
  }

  /** Takes back what `entries` gave. */
  restore(entry: MemoryEntry): void {
    const { actor, id, seq, expires_at, body_sha256 } = entry;
    this.#put(keyOf(actor, id), { seq, expires_at, body: body_sha256 });
  }

  /** Forgets what is old enough at a time; times never go back. */
  sweep(at: number): void {
    const minute = Math.floor((at - LIMITS.intent_memory_ms) / MINUTE_MS);
    if (minute <= this.#swept_minute) return;
    this.#swept_minute = minute;
    for (const [expiry, keys] of this.#minutes) {
      if (expiry >= minute) continue;
      for (const key of keys) this.#seen.delete(key);
      this.#minutes.delete(expiry);
    }
  }

  /** Everything that is remembered, in the order of seq. */
  entries(): MemoryEntry[] {
    return [...this.#seen].map(([key, entry]) => {
      const [actor = "", id = ""] = key.split(" ");
      const { seq, expires_at } = entry;
      return { actor, id, seq, expires_at, body_sha256: hashOf(entry) };
    }).sort((a, b) => a.seq - b.seq);
  }

  #put(key: string, entry: Remembered): void {
    this.#seen.set(key, entry);
    const minute = Math.floor(entry.expires_at / MINUTE_MS);
    const keys = this.#minutes.get(minute);
    if (keys === undefined) this.#minutes.set(minute, [key]);
    else keys.push(key);
  }
}

function keyOf(actor: string, id: string): string {
  return `${actor} ${id}`;
}

function hashOf(entry: Remembered): string {
  if (typeof entry.body !== "string") entry.body = bodyHash(entry.body);
  return entry.body;
}
