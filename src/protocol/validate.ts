import type * as z from "zod";
import { closestString } from "@std/text/closest-string";
import { HorizonError } from "../base/errors.ts";
import { issueText } from "./issue_text.ts";

/**
 * The value as its schema reads it. Throws `code` (default `invalid_input`) that names the first
 * place that is wrong, an unknown field before all others and with the nearest known name.
 */
export function validate<T extends z.ZodType>(
  schema: T,
  value: unknown,
  what: string,
  code = "invalid_input",
): z.infer<T> {
  const result = schema.safeParse(value, { error: issueText });
  if (result.success) return result.data;
  // A misspelt name is also a missing one; the misspelling is the cause.
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (issue === undefined) throw new HorizonError(code, `${what} is not valid.`);
  const where = issue.path.map(String).join(".");
  const at = where === "" ? what : `${what}, at ${where}`;
  const hint = issue.code === "unrecognized_keys" ? suggestion(schema, issue.path, issue.keys) : "";
  throw new HorizonError(code, `${at}: ${issue.message}${hint}`, { details: { field: where } });
}

/** " Did you mean …?" for the first unknown key, from the keys of the object schema at the path. */
function suggestion(schema: z.ZodType, path: PropertyKey[], keys: string[]): string {
  const known = keysAt(schema, path);
  const unknown = keys[0];
  if (known.length === 0 || unknown === undefined) return "";
  return `. Did you mean "${closestString(unknown, known)}"?`;
}

function keysAt(schema: z.ZodType, path: PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const step of ["", ...path]) {
    if (step !== "") at = member(at, step);
    at = unwrap(at);
  }
  const shape = field(at, "shape");
  return typeof shape === "object" && shape !== null ? Object.keys(shape) : [];
}

function member(schema: unknown, step: PropertyKey): unknown {
  const shape = field(schema, "shape");
  return shape === undefined ? field(schema, "element") : field(shape, step);
}

/** What optional and default wrappers hold. */
function unwrap(schema: unknown): unknown {
  let at = schema;
  for (let depth = 0; depth < 4; depth++) {
    const inner = field(field(at, "def"), "innerType");
    if (inner === undefined) return at;
    at = inner;
  }
  return at;
}

function field(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
