import * as z from "zod";
import { LIMITS } from "./limits.ts";
import { Line } from "./text.ts";

/** What a check came to: `warn` works with a limit, `skip` could not be asked here. */
export const SelfTestResult = z.enum(["pass", "warn", "fail", "skip"]);
export type SelfTestResult = z.infer<typeof SelfTestResult>;

const Text = Line.min(1).max(LIMITS.text_chars);

/** One check of `horizon self-test`. */
export const SelfTestRow = z.strictObject({
  /** Stable name, snake_case. */
  id: z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "lower-case letters, digits and '_'"),
  /** What it is for. */
  purpose: Text,
  /** What Horizon needs. */
  required: Text,
  /** What was found. */
  actual: Text,
  /** What to do about it; null where there is nothing to do. */
  remedy: Text.nullable(),
  result: SelfTestResult,
});
export type SelfTestRow = z.infer<typeof SelfTestRow>;

/** The document of `horizon self-test --json`. */
export const SelfTestReport = z.strictObject({
  /** False if any row is `fail`. */
  ok: z.boolean(),
  rows: z.array(SelfTestRow).max(LIMITS.self_test_rows),
});
export type SelfTestReport = z.infer<typeof SelfTestReport>;
