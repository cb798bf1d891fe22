import type * as z from "zod";
import { HorizonError, messageOf } from "../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";

/**
 * What a private side-car holds: a blob of JSON, bounded and checked. `what` names it in the words of
 * a failure, such as "The bundle". Throws `invalid_job`.
 */
export function readSideCar<T extends z.ZodType>(
  schema: T,
  bytes: Uint8Array,
  what: string,
): z.infer<T> {
  if (bytes.length > LIMITS.request_bytes) {
    throw new HorizonError("invalid_job", `${what} is too large.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new HorizonError("invalid_job", `${what} is not JSON: ${messageOf(cause)}`, { cause });
  }
  return validate(schema, value, what, "invalid_job");
}
