import { closestString } from "@std/text/closest-string";
import { HorizonError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import { canonicalJson } from "../base/json.ts";
import { type Intent, INTENTS, type IntentType, NODE_INTENTS } from "./intent.ts";
import { LIMITS } from "./limits.ts";
import { SignatureText } from "./text.ts";
import { validate } from "./validate.ts";

/** An intent whose shape, audience and dates are right; its signature is still to be checked. */
export interface FramedIntent {
  intent: Intent;
  /** Base64url text of the signature. */
  sig: string;
  /** RFC 8785 text of the intent: what was signed and hashed, and what the feed keeps. */
  text: string;
  /** The bytes of the text. */
  bytes: Uint8Array<ArrayBuffer>;
  intent_sha256: string;
}

/** What an intent is measured against. */
export interface Audience {
  /** This registry's node id. */
  node_id: string;
  /** The registry's time: never before its last event. */
  now: number;
}

const encoder = new TextEncoder();

interface Dated {
  registry: string;
  issued_at: number;
  expires_at: number;
}

/**
 * Reads an envelope, all but its signature. Throws `invalid_input` (shape, life), then
 * `intent_wrong_registry`, `intent_not_yet_valid`, `intent_expired`, `forbidden`.
 */
export function frameIntent(value: unknown, audience: Audience): FramedIntent {
  const { intent: given, sig: givenSig } = envelopeParts(value);
  const sig = validate(SignatureText, givenSig, "The envelope's sig");
  const intent = validate(INTENTS[intentType(given)], given, "The intent") as Intent;
  const text = canonicalJson(intent);
  const bytes = encoder.encode(text);
  if (bytes.length > LIMITS.intent_bytes) {
    throw new HorizonError(
      "too_large",
      `The intent has ${bytes.length} bytes; at most ${LIMITS.intent_bytes} are allowed.`,
    );
  }
  checkDates(intent, audience);
  if (NODE_INTENTS.has(intent.type) && intent.actor !== audience.node_id) {
    throw new HorizonError("forbidden", `Only the registry itself may sign ${intent.type}.`);
  }
  return { intent, sig, text, bytes, intent_sha256: sha256Hex(bytes) };
}

/** Throws unless the intent is for this registry and its time is now. */
export function checkDates(intent: Dated, audience: Audience): void {
  if (intent.registry !== audience.node_id) {
    throw new HorizonError(
      "intent_wrong_registry",
      "The intent is addressed to another registry.",
      {
        details: { registry: audience.node_id },
      },
    );
  }
  const life = intent.expires_at - intent.issued_at;
  if (life <= 0 || life > LIMITS.intent_life_ms) {
    throw new HorizonError(
      "invalid_input",
      `The intent would live ${life} ms; it must live between 1 and ${LIMITS.intent_life_ms} ms.`,
    );
  }
  const details = { now: audience.now };
  if (intent.issued_at > audience.now + LIMITS.clock_skew_ms) {
    const fix = "Set this machine's clock.";
    throw new HorizonError("intent_not_yet_valid", "The intent is dated in the future.", {
      fix,
      details,
    });
  }
  checkNotExpired(intent, audience.now);
}

/** Throws `intent_expired`: also asked at the moment that an intent is sequenced. */
export function checkNotExpired(intent: { expires_at: number }, now: number): void {
  if (intent.expires_at > now) return;
  const fix = "Sign it again; if that fails too, set this machine's clock.";
  throw new HorizonError("intent_expired", "The intent has expired.", { fix, details: { now } });
}

function envelopeParts(value: unknown): { intent: object; sig: unknown } {
  if (typeof value === "object" && value !== null && "intent" in value && "sig" in value) {
    const { intent, sig } = value;
    if (Object.keys(value).length === 2 && typeof intent === "object" && intent !== null) {
      return { intent, sig };
    }
  }
  throw new HorizonError("invalid_input", "An envelope is {intent, sig} and nothing else.");
}

/** Whether a text is the name of a type of intent. */
export function isIntentType(text: string): text is IntentType {
  return Object.hasOwn(INTENTS, text);
}

function intentType(intent: object): IntentType {
  const type = "type" in intent ? intent.type : undefined;
  if (typeof type !== "string") {
    throw new HorizonError("invalid_input", "The intent has no type.", {
      details: { field: "type" },
    });
  }
  if (isIntentType(type)) return type;
  const known = Object.keys(INTENTS);
  const nearest = closestString(type.slice(0, LIMITS.name_chars), known);
  throw new HorizonError("invalid_input", `There is no such type of intent.`, {
    fix: `Did you mean "${nearest}"?`,
    details: { field: "type" },
  });
}
