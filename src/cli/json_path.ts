import { jsonpath } from "json-p3";
import { HorizonError, messageOf } from "../base/errors.ts";
import { didYouMean, shown } from "./args.ts";

/** No path that a person writes is longer. */
const MAX_CHARS = 1024;
/** Nor does any name more places of a record: one like `$..[*,*]..[*,*]` counts each many times. */
const MAX_PLACES = 10_000;

/**
 * The part of a JSON value that a filter names: a short path (`.performance`, `performance.fp32`) or
 * a JSONPath (RFC 9535). One that can only name a single place gives its value, and `invalid_filter`
 * where there is none; any other gives the list of all that match.
 */
export function pick(value: object, filter: string): unknown {
  const text = filter.trim();
  const path = text.startsWith("$") ? text : /^[.[]/.test(text) ? `$${text}` : `$.${text}`;
  if (path.length > MAX_CHARS) throw refuse(filter, `it is longer than ${MAX_CHARS} characters`);
  let query;
  let found: unknown[];
  try {
    query = jsonpath.compile(path);
    // It came from JSON, which is all that the library's own type for values says.
    found = [];
    for (const { value: one } of query.lazyQuery(JSON.parse(JSON.stringify(value)))) {
      if (found.push(one) > MAX_PLACES) throw new Error(`it names more than ${MAX_PLACES} places`);
    }
  } catch (cause) {
    throw refuse(filter, messageOf(cause), cause);
  }
  if (!query.singularQuery()) return found;
  if (found.length === 1) return found[0];
  const name = path.match(/[\p{L}_][\p{L}\d_]*/gu)?.at(-1) ?? "";
  throw refuse(filter, `there is nothing there.${didYouMean(name, namesIn(value))}`);
}

/** Every field name inside a value. */
function namesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(namesIn)];
}

function refuse(filter: string, why: string, cause?: unknown): HorizonError {
  const end = /[.?!]$/.test(why) ? "" : ".";
  return new HorizonError("invalid_filter", `The filter ${shown(filter)}: ${why}${end}`, { cause });
}
