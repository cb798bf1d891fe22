import { encodeBase64Url } from "@std/encoding/base64url";
import { sha256Hex } from "../base/hash.ts";
import type { Identity } from "../base/identity.ts";
import { newId } from "../base/ids.ts";
import { canonicalBytes } from "../base/json.ts";
import type { Intent, IntentBody, IntentType } from "../protocol/intent.ts";
import { INTENTS } from "../protocol/intent.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";

/** A signed intent with the hash that its receipt must name. */
export interface SignedIntent {
  envelope: { intent: Intent; sig: string };
  intent_sha256: string;
}

/** Who signs, for which registry, and what time it is. */
export interface Signing {
  identity: Identity;
  node_id: string;
  now_ms: number;
}

/**
 * Builds and signs an intent that lives as long as the protocol allows. Throws `invalid_input` for a
 * body that the registry would refuse anyway.
 */
export async function signIntent<T extends IntentType>(
  type: T,
  body: IntentBody<T>,
  signing: Signing,
): Promise<SignedIntent> {
  // The schema of this very type has just accepted it, which is what the union asks for.
  const intent = validate(INTENTS[type], frame(type, body, signing), "The intent") as Intent;
  const bytes = canonicalBytes(intent);
  const sig = encodeBase64Url(await signing.identity.signAsync(bytes));
  return { envelope: { intent, sig }, intent_sha256: sha256Hex(bytes) };
}

/** A signed request for a session token. */
export async function signSession(signing: Signing): Promise<{ intent: unknown; sig: string }> {
  const intent = frame("session", {}, signing);
  const sig = encodeBase64Url(await signing.identity.signAsync(canonicalBytes(intent)));
  return { intent, sig };
}

function frame<T extends string, B>(type: T, body: B, signing: Signing) {
  const { identity, node_id, now_ms } = signing;
  return {
    v: 1 as const,
    id: newId(now_ms),
    type,
    actor: identity.id,
    registry: node_id,
    issued_at: now_ms,
    expires_at: now_ms + LIMITS.intent_life_ms,
    body,
  };
}
