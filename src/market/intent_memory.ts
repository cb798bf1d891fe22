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

/** Whether two intents of one id ask for the same thing; a repetition may be dated anew. */
export function asksTheSame(a: Intent, b: Intent): boolean {
  return a.type === b.type && canonicalJson(a.body) === canonicalJson(b.body);
}

/** The intents that expire in one minute, in the order of their answers. */
interface Minute {
  entries: MemoryEntry[];
  /** How many of them, from the first on, are in the index. */
  indexed: number;
}

/**
 * Where the intents were answered that could still be sent again: those that expired no longer than
 * `LIMITS.intent_memory_ms` ago, in whole minutes, so that what is remembered depends on the last
 * event's time alone. The feed has the rest of them.
 */
export class IntentMemory {
  /** By minute of expiry: as many as an intent may live ahead. */
  readonly #minutes = new Map<number, Minute>();
  /** Seqs by actor and id. It is filled when it is asked: a replay never asks. */
  readonly #index = new Map<string, number>();
  #swept_min = -1;

  /** The event that carries an actor's intent of that id, if it is remembered. */
  get(actor: string, id: string): number | undefined {
    for (const minute of this.#minutes.values()) this.#catchUp(minute);
    return this.#index.get(keyOf(actor, id));
  }

  add({ actor, id, expires_at }: Intent, seq: number): void {
    this.restore({ actor, id, seq, expiry_min: Math.floor(expires_at / MINUTE_MS) });
  }

  /** Takes back what `entries` gave. */
  restore(entry: MemoryEntry): void {
    const minute = this.#minutes.get(entry.expiry_min);
    if (minute === undefined) this.#minutes.set(entry.expiry_min, { entries: [entry], indexed: 0 });
    else minute.entries.push(entry);
  }

  /** Forgets what is old enough at a time; times never go back. */
  sweep(at: number): void {
    const before_min = Math.floor((at - LIMITS.intent_memory_ms) / MINUTE_MS);
    if (before_min <= this.#swept_min) return;
    this.#swept_min = before_min;
    for (const [expiry_min, { entries, indexed }] of this.#minutes) {
      if (expiry_min >= before_min) continue;
      for (const { actor, id } of entries.slice(0, indexed)) this.#index.delete(keyOf(actor, id));
      this.#minutes.delete(expiry_min);
    }
  }

  /** Everything that is remembered, in the order of seq. */
  entries(): MemoryEntry[] {
    const all = [...this.#minutes.values()].flatMap(({ entries }) => entries);
    return all.sort((a, b) => a.seq - b.seq);
  }

  #catchUp(minute: Minute): void {
    const { entries } = minute;
    for (; minute.indexed < entries.length; minute.indexed++) {
      const entry = entries[minute.indexed];
      if (entry !== undefined) this.#index.set(keyOf(entry.actor, entry.id), entry.seq);
    }
  }
}

function keyOf(actor: string, id: string): string {
  return `${actor} ${id}`;
}
