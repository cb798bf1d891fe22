import type * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { MIN_SEQ } from "../protocol/queries.ts";
import { validate } from "../protocol/validate.ts";

/** The parameters of a request's URL by a schema. Throws `invalid_input`, also for one given twice. */
export function readQuery<T extends z.ZodType>(request: Request, schema: T): z.infer<T> {
  const params = new URL(request.url).searchParams;
  const given: Record<string, string> = {};
  for (const [name, value] of params) {
    if (name === MIN_SEQ) continue;
    if (Object.hasOwn(given, name)) {
      throw new HorizonError("invalid_input", "A parameter of the query is given twice.", {
        details: { field: name.slice(0, LIMITS.name_chars) },
      });
    }
    given[name] = value;
  }
  return validate(schema, given, "The query");
}

/** A part of the path by its schema. Throws `not_found` with the code for what it names. */
export function readParam<T extends z.ZodType>(value: string, schema: T, code: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HorizonError(code, "There is nothing under that name; it is not even a valid one.");
}
