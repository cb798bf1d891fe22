import * as z from "zod";
import { LIMITS } from "./limits.ts";

/**
 * Any value that JSON can spell, bounded in size and depth: YAML knows more (`.nan`), and neither
 * canonical JSON nor a recursive reader gets far with what a stranger may nest.
 */
export const JsonValue = z.unknown().superRefine((value, ctx) => {
  const why = flawOf(value);
  if (why !== null) ctx.addIssue({ code: "custom", message: why });
});

/** Why a value is no JSON, or too much of it; null if it is fine. */
function flawOf(root: unknown): string | null {
  let level: unknown[] = [root];
  let count = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > LIMITS.json_depth) return `is nested more than ${LIMITS.json_depth} levels deep`;
    const next: unknown[] = [];
    for (const value of level) {
      if (++count > LIMITS.json_values) return `holds more than ${LIMITS.json_values} values`;
      const flaw = flawOfOne(value);
      if (flaw !== null) return flaw;
      if (typeof value !== "object" || value === null) continue;
      for (const child of Object.values(value)) next.push(child);
    }
    level = next;
  }
  return null;
}

function flawOfOne(value: unknown): string | null {
  switch (typeof value) {
    case "boolean":
      return null;
    case "number":
      return Number.isFinite(value) ? null : `holds ${value}, which is no number in JSON`;
    case "string":
      return value.isWellFormed() ? null : "holds half a character (a lone surrogate)";
    case "object": {
      if (value === null || Array.isArray(value)) return null;
      return Object.keys(value).every((key) => key.isWellFormed())
        ? null
        : "holds half a character (a lone surrogate)";
    }
    default:
      return `holds a ${typeof value}, which JSON can't spell`;
  }
}
