import { sha256Hex } from "../base/hash.ts";
import { canonicalJson } from "../base/json.ts";
import type { EventDraft, FeedEvent, Head } from "./feed.ts";
import type { FramedIntent } from "./frame.ts";

/** An event in its place, with the text that is stored, hashed and sent. */
export interface PlacedEvent {
  event: FeedEvent;
  /** RFC 8785 text of the event. */
  text: string;
  /** The bytes of the text. */
  bytes: Uint8Array;
  /** Its seq, and the SHA-256 of its bytes. */
  head: Head;
}

const encoder = new TextEncoder();

/**
 * Gives a draft its place after `prev`. The text is put together by hand in the order of RFC 8785, so
 * that the intent's canonical text, which its signature was checked over, is not made a second time.
 */
export function placeEvent(
  draft: EventDraft,
  prev: Head,
  at: number,
  framed: FramedIntent | null,
): PlacedEvent {
  const seq = prev.seq + 1;
  const frame = { v: 1, seq, prev: prev.hash, at } as const;
  const carried = framed === null
    ? ""
    : `"intent":{"intent":${framed.text},"sig":"${framed.sig}"},`;
  const text = `{"at":${at},"data":${canonicalJson(draft.data)},${carried}"prev":"${prev.hash}",` +
    `"seq":${seq},"type":"${draft.type}","v":1}`;
  const bytes = encoder.encode(text);
  const event: FeedEvent = framed === null
    ? { ...frame, ...draft }
    : { ...frame, ...draft, intent: { intent: framed.intent, sig: framed.sig } };
  return { event, text, bytes, head: { seq, hash: sha256Hex(bytes) } };
}
