import { HorizonError } from "../base/errors.ts";
import { EVENT_TYPES } from "../protocol/feed.ts";
import { isIntentType } from "../protocol/frame.ts";
import { LIMITS } from "../protocol/limits.ts";

/** The frame of an event as it came; its data is believed only once it was decided again. */
export interface GivenEvent {
  text: string;
  seq: number;
  at: number;
  type: string;
  intent: unknown;
}

/**
 * Reads the text of the event that should have a seq. Throws `feed_false` for what is no such event,
 * `unsupported_version` for one by rules that this version doesn't know.
 */
export function readEvent(text: string, seq: number): GivenEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw falseEvent({ seq, type: "" }, "it is not JSON", cause);
  }
  if (typeof value !== "object" || value === null || !("v" in value) || !("type" in value)) {
    throw falseEvent({ seq, type: "" }, "it is not an event");
  }
  const { v, type } = value;
  const shown = typeof type === "string" ? type.slice(0, LIMITS.name_chars) : "";
  if (v !== 1 || !EVENT_TYPES.has(shown)) throw unknownRules({ seq, type: shown }, `version ${v}`);
  const given = "seq" in value ? value.seq : undefined;
  if (given !== seq) throw falseEvent({ seq, type: shown }, `in its place stands event ${given}`);
  const at = "at" in value ? value.at : undefined;
  if (typeof at !== "number" || !Number.isSafeInteger(at) || at < 0) {
    throw falseEvent({ seq, type: shown }, "it has no time");
  }
  const intent = "intent" in value ? value.intent : undefined;
  const intentType = typeOfIntent(intent);
  if (intentType !== undefined && !isIntentType(intentType)) {
    throw unknownRules(
      { seq, type: shown },
      `the intent ${intentType.slice(0, LIMITS.name_chars)}`,
    );
  }
  return { text, seq, at, type: shown, intent };
}

function typeOfIntent(envelope: unknown): string | undefined {
  if (typeof envelope !== "object" || envelope === null || !("intent" in envelope)) return;
  const { intent } = envelope;
  if (typeof intent !== "object" || intent === null || !("type" in intent)) return;
  return typeof intent.type === "string" ? intent.type : undefined;
}

/** A gap moves deadlines, so it is decided before them. */
export function isGap(envelope: unknown): boolean {
  return typeOfIntent(envelope) === "node.gap";
}

/** The error of an event that can't stand where it stands. */
export function falseEvent(
  { seq, type }: { seq: number; type: string },
  why: string,
  cause?: unknown,
): HorizonError {
  const named = type === "" ? `Event ${seq}` : `Event ${seq} (${type})`;
  return new HorizonError("feed_false", `${named} doesn't follow from those before it: ${why}.`, {
    details: { seq, type },
    cause,
  });
}

/** The error of an event that only a newer version can judge. */
export function unknownRules(
  { seq, type }: { seq: number; type: string },
  what: string,
): HorizonError {
  const message = `Event ${seq} (${type}) is by rules that this version doesn't know: ${what}.`;
  return new HorizonError("unsupported_version", message, {
    fix: "Install a newer version of Horizon.",
    details: { seq, type },
  });
}
