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
 * What is wrong with the intents of a registry's events, in words: one that is missing, not signed by
 * its actor, addressed to another registry, or of another actor than the event says.
 */
export async function signatureProblems(
  events: readonly FeedEvent[],
  node_id: string,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { seq, type, data, intent: envelope } of events) {
    if (envelope === undefined) {
      if (ASKED.has(type) && !isClearedByTime(type, events)) {
        problems.push(`event ${seq} (${type}) has no intent that asked for it`);
      }
      continue;
    }
    const { intent, sig } = envelope;
    const name = `the intent of event ${seq} (${intent.type})`;
    if (!await isSigned(intent, sig)) problems.push(`${name} is not signed by its actor`);
    if (intent.registry !== node_id) problems.push(`${name} is addressed to another registry`);
    const actor = actorOf(data, intent, node_id);
    if (actor !== null && intent.actor !== actor) problems.push(`${name} is not of ${actor}`);
  }
  return problems;
}

/** An English auction is cleared by its deadline alone. */
function isClearedByTime(type: string, events: readonly FeedEvent[]): boolean {
  const isEnglish = events.some((event) =>
    event.type === "auction.started" && event.data.format === "english"
  );
  return type === "auction.cleared" && isEnglish;
}

async function isSigned(intent: Intent, sig: string): Promise<boolean> {
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
