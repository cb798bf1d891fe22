import type { HorizonError } from "../base/errors.ts";
import type { IntentResult } from "../protocol/api.ts";
import { meaningOf } from "../protocol/codes.ts";
import type { EventDraft, FeedEvent } from "../protocol/feed.ts";

/** What people read of a refusal; the feed keeps only its code and details. */
interface RefusalText {
  message: string;
  fix: string | null;
}

/** Refusals whose text is remembered, for those who ask again; the oldest leaves first. */
const MAX_TEXTS = 10_000;

/** The answers to sequenced intents: always what their event says, the first time and every other. */
export class Answers {
  readonly #texts = new Map<number, RefusalText>();

  /** The event of a refusal by the state of the market; it uses up the intent's id. */
  rejection(refusal: HorizonError, seq: number): EventDraft {
    if (this.#texts.size >= MAX_TEXTS) this.#texts.delete(this.#texts.keys().next().value ?? 0);
    this.#texts.set(seq, { message: refusal.message, fix: refusal.fix ?? null });
    const { code, details = {} } = refusal;
    return { type: "intent.rejected", data: { code, details } };
  }

  /** The answer that an event is to the intent that it carries. */
  of(event: FeedEvent, intent_sha256: string): IntentResult {
    const { seq, at, type } = event;
    if (event.type !== "intent.rejected") {
      return { ok: true, intent_sha256, seq, at, type, data: { ...event.data } };
    }
    const { code, details } = event.data;
    const text = this.#texts.get(seq) ?? { message: `${meaningOf(code).title}.`, fix: null };
    const shown = Object.keys(details).length === 0 ? null : details;
    return { ok: false, intent_sha256, seq, code, ...text, details: shown };
  }
}
