import type { IntentResult } from "../protocol/api.ts";
import { problemOf } from "../protocol/problem.ts";

/** The answer to an envelope that is refused without an event: its id is not used up. */
export function refusalResult(thrown: unknown, intent_sha256: string | null): IntentResult {
  const { code, detail, fix, details } = problemOf(thrown);
  return {
    ok: false,
    intent_sha256,
    seq: null,
    code,
    message: detail,
    fix: fix ?? null,
    details: details ?? null,
  };
}
