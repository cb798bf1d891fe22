import { canonicalJson } from "../base/json.ts";
import type { Intent } from "../protocol/intent.ts";
import { LIMITS } from "../protocol/limits.ts";

/** A remembered intent, as a snapshot keeps it. */
export interface MemoryEntry {
  actor: string;
  id: string;
  /** The event that carries it. */
  seq: number;
  /** Whole minutes since the Unix epoch up to its expiry. */
  expiry_min: number;
}

const MINUTE_MS = 60_000;
const SEPARATOR = " ";

/** Whether two intents of one id ask for the same thing; a repetition may be dated anew. */
export function asksTheSame(a: Intent, b: Intent): boolean {
  return a.type === b.type && canonicalJson(a.body) === canonicalJson(b.body);
}

/**
 * Where the intents were answered that could still be sent again: those that expired no longer than
 * `LIMITS.intent_memory_ms` ago, in whole minutes, so that what is remembered depends on the last
 * event's time alone. The feed has the rest of them.
 */
export class IntentMemory {
  readonly #seqs = new Map<string, number>();
  /** Keys by the minute of their expiry; as many minutes as an intent may live ahead. */
  readonly #minutes = new Map<number, string[]>();
  #swept_min = -1;

  /** The event that carries an actor's intent of that id, if it is remembered. */
  get(actor: string, id: string): number | undefined {
    return this.#seqs.get(keyOf(actor, id));
  }

  add({ actor, id, expires_at }: Intent, seq: number): void {
    this.restore({ actor, id, seq, expiry_min: Math.floor(expires_at / MINUTE_MS) });
  }

  /** Takes back what `entries` gave. */
  restore({ actor, id, seq, expiry_min }: MemoryEntry): void {
    const key = keyOf(actor, id);
    this.#seqs.set(key, seq);
    const keys = this.#minutes.get(expiry_min);
    if (keys === undefined) this.#minutes.set(expiry_min, [key]);
    else keys.push(key);
  }

  /** Forgets what is old enough at a time; times never go back. */
  sweep(at: number): void {
    const minute = Math.floor((at - LIMITS.intent_memory_ms) / MINUTE_MS);
    if (minute <= this.#swept_min) return;
    this.#swept_min = minute;
    for (const [expiry_min, keys] of this.#minutes) {
      if (expiry_min >= minute) continue;
      for (const key of keys) this.#seqs.delete(key);
      this.#minutes.delete(expiry_min);
    }
  }

  /** Everything that is remembered, in the order of seq. */
  entries(): MemoryEntry[] {
    const entries: MemoryEntry[] = [];
    for (const [expiry_min, keys] of this.#minutes) {
      for (const key of keys) {
        const [actor = "", id = ""] = key.split(SEPARATOR);
        entries.push({ actor, id, seq: this.#seqs.get(key) ?? 0, expiry_min });
      }
    }
    return entries.sort((a, b) => a.seq - b.seq);
  }
}

function keyOf(actor: string, id: string): string {
  return actor + SEPARATOR + id;
}
