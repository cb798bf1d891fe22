import { decodeBase64Url } from "@std/encoding/base64url";
import { publicKeyOf } from "../../base/identity.ts";
import { canonicalBytes } from "../../base/json.ts";
import { verifySignature } from "../../base/signature.ts";
import type { FeedEvent } from "../../protocol/feed.ts";
import { type Intent, NODE_INTENTS } from "../../protocol/intent.ts";

/** Events that somebody must have asked for: the owner, a bidder, or the node itself. */
const ASKED: ReadonlySet<string> = new Set([
  "auction.started",
  "auction.revealed",
  "auction.cleared",
  "bid.placed",
  "bid.sealed",
]);

/**
 * The events that nobody vouches for, by their seq, with the reason: the intent is missing, not signed
 * by its actor, addressed to another registry, or of another actor than the event says.
 */
export async function unsignedEvents(
  events: readonly FeedEvent[],
  node_id: string,
): Promise<Map<number, string>> {
  const unsigned = new Map<number, string>();
  for (const event of events) {
    const why = await objection(event, events, node_id);
    if (why !== null) unsigned.set(event.seq, why);
  }
  return unsigned;
}

async function objection(
  { type, data, intent: envelope }: FeedEvent,
  events: readonly FeedEvent[],
  node_id: string,
): Promise<string | null> {
  if (envelope === undefined) {
    return ASKED.has(type) && !isClearedByTime(type, events) ? "nobody asked for it" : null;
  }
  const { intent, sig } = envelope;
  if (intent.registry !== node_id) return "its intent is addressed to another registry";
  const actor = actorOf(data, intent, node_id);
  if (actor !== null && intent.actor !== actor) return `its intent is not of ${actor}`;
  return await isSigned(intent, sig) ? null : "its intent is not signed by its actor";
}

/** An English auction is cleared by its deadline alone. */
function isClearedByTime(type: string, events: readonly FeedEvent[]): boolean {
  const isEnglish = events.some((event) =>
    event.type === "auction.started" && event.data.format === "english"
  );
  return type === "auction.cleared" && isEnglish;
}

/** Whether an intent is signed by its actor. Never throws. */
export async function isSigned(intent: Intent, sig: string): Promise<boolean> {
  try {
    const key = publicKeyOf(intent.actor);
    const signature = decodeBase64Url(sig).slice();
    return await verifySignature(intent.actor, key, signature, canonicalBytes(intent));
  } catch {
    return false;
  }
}

/** Who must have signed: null where any actor may have. */
function actorOf(data: FeedEvent["data"], intent: Intent, node_id: string): string | null {
  if (NODE_INTENTS.has(intent.type)) return node_id;
  if ("bidder" in data) return data.bidder;
  return "owner" in data ? data.owner : null;
}
