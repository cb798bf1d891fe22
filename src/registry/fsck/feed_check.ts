import { HorizonError } from "../../base/errors.ts";
import { canonicalBytes } from "../../base/json.ts";
import { checkSignature } from "../../base/signatures.ts";
import { emptyState, type MarketState, Redecider, stateHash } from "../../market/market.ts";
import type { Batch } from "../../store/batch.ts";
import { EMPTY_HEAD } from "../../store/checkpoint.ts";
import type { Journal } from "../../store/journal.ts";
import { BatchChain } from "../backup/batch_chain.ts";
import type { Findings } from "./findings.ts";

/** A place in the feed at which the state is compared with a snapshot. */
export interface StateAt {
  state_sha256: string;
  /** Hash of the event. */
  hash: string;
}

/** What the feed comes to. */
export interface CheckedFeed {
  /** The state after the last event; null where it can't be decided that far. */
  state: MarketState | null;
  /** By seq: the state after the events that were asked for, as far as the feed could be decided. */
  at: ReadonlyMap<number, StateAt>;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a whole feed: its chain of hashes and checkpoints, the signature of every intent, and every
 * transition, decided again. It goes on past what is wrong, as far as there is sense in it.
 */
export class FeedCheck {
  readonly #findings: Findings;
  readonly #wanted: ReadonlySet<number>;
  readonly #at = new Map<number, StateAt>();
  readonly #chain: BatchChain;
  readonly #decided: Redecider;
  #follows = true;
  #intents = 0;
  #batches = 0;

  /** `wanted` are the seqs at which the state is wanted. */
  constructor(node_id: string, wanted: ReadonlySet<number>, findings: Findings) {
    this.#findings = findings;
    this.#wanted = wanted;
    this.#chain = new BatchChain(node_id);
    this.#decided = new Redecider(node_id, emptyState(), EMPTY_HEAD, ({ seq }) => {
      if (this.#wanted.has(seq)) this.#keep(seq);
    });
  }

  /** Reads it all; `onProgress` hears of each commit. */
  async run(journal: Journal, onProgress: (seq: number, of: number) => void): Promise<CheckedFeed> {
    const findings = this.#findings;
    const head = journal.head ?? EMPTY_HEAD;
    try {
      for await (const batch of journal.batches(0)) {
        await this.#take(batch);
        onProgress(this.#chain.head.seq, head.seq);
      }
      if (this.#chain.head.seq !== head.seq || this.#chain.head.hash !== head.hash) {
        findings.wrong("chain", "the stored head is not the last event's", head.seq);
      }
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
      findings.wrong("chain", thrown.message, this.#chain.head.seq + 1);
      this.#follows = false;
    }
    findings.end("chain", `${this.#chain.head.seq} events hang together`);
    findings.end("checkpoints", `${this.#batches} checkpoints are signed by the registry`);
    findings.end("signatures", `${this.#intents} intents are signed by their actors`);
    findings.end("transitions", "every event follows from those before it");
    const isWhole = this.#follows && this.#decided.head.seq === head.seq;
    return { state: isWhole ? this.#decided.state : null, at: this.#at };
  }

  async #take(batch: Batch): Promise<void> {
    this.#batches++;
    for (const { check, detail, seq } of await this.#chain.follow(batch)) {
      this.#findings.wrong(check, detail, seq);
    }
    const texts = this.#texts(batch);
    for (const [i, text] of texts.entries()) await this.#checkIntent(text, batch.first_seq + i);
    if (this.#follows) this.#decide(texts, batch.checkpoint.seq);
  }

  #texts({ records, first_seq }: Batch): string[] {
    const texts: string[] = [];
    for (const record of records) {
      try {
        texts.push(decoder.decode(record));
      } catch {
        this.#stopDeciding("its bytes are no text", first_seq + texts.length);
        texts.push("");
      }
    }
    return texts;
  }

  #decide(texts: readonly string[], last_seq: number): void {
    try {
      this.#decided.take(texts);
      if (!this.#decided.isWhole) this.#stopDeciding("no intent asked for it", last_seq);
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
      const seq = thrown.details?.seq;
      this.#stopDeciding(thrown.message, typeof seq === "number" ? seq : last_seq);
    }
  }

  /** The first event that doesn't follow; those after it stand on nothing. */
  #stopDeciding(why: string, seq: number): void {
    if (!this.#follows) return;
    this.#follows = false;
    this.#findings.wrong("transitions", `${why} (what comes after it was not decided)`, seq);
  }

  async #checkIntent(text: string, seq: number): Promise<void> {
    const signed = signedIntent(text);
    if (signed === null) return;
    this.#intents++;
    const verdict = await checkSignature(signed);
    if (verdict === "valid") return;
    const why = verdict === "invalid_key"
      ? "has an actor that is no key"
      : "is not signed by its actor";
    this.#findings.wrong("signatures", `the intent of event ${seq} ${why}`, seq);
  }

  #keep(seq: number): void {
    const { state, head } = this.#decided;
    this.#at.set(seq, { state_sha256: stateHash(state), hash: head.hash });
  }
}

/** The intent that an event carries, with its signature; null without one. */
function signedIntent(text: string) {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // The chain has said so.
  }
  const envelope = member(value, "intent");
  if (envelope === undefined) return null;
  const intent = member(envelope, "intent");
  const bytes = canonicalBytes(intent ?? null);
  return { actor: String(member(intent, "actor")), sig: String(member(envelope, "sig")), bytes };
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
