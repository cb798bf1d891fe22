import { HorizonError } from "../../base/errors.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};
/** Longest time that a timer takes. */
const MAX_MS = 2 ** 31 - 1;

/** Milliseconds of a `grpc-timeout` header such as "250m"; null without one. Throws `invalid_input`. */
export function timeoutOf(header: string | undefined): number | null {
  if (header === undefined) return null;
  const [, digits = "", unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? [];
  const unit_ms = UNITS_MS[unit];
  if (unit_ms !== undefined) return Math.min(MAX_MS, Math.ceil(Number(digits) * unit_ms));
  throw new HorizonError("invalid_input", "The header grpc-timeout can't be read.");
}
