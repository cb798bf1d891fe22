import type * as z from "zod";

/** What a schema's own word for a type is to people. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "text",
};
/** What a bound counts, by what it is a bound of. */
const UNITS: Readonly<Record<string, string>> = { array: "item", string: "character" };
/** Names of a long list that are told. */
const MAX_NAMED = 12;

/**
 * What is wrong with a value, in words, where its schema has none of its own; undefined for what only
 * the schema's library has words for.
 */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type": {
      const name = TYPE_NAMES[issue.expected];
      if (issue.input === undefined) return "is missing";
      return name === undefined ? undefined : `must be ${name}`;
    }
    case "too_big":
      return bound(issue.inclusive === false ? "less than" : "at most", issue.maximum, issue);
    case "too_small":
      return bound(issue.inclusive === false ? "more than" : "at least", issue.minimum, issue);
    case "invalid_value": {
      const named = issue.values.slice(0, MAX_NAMED).map((value) => JSON.stringify(value) ?? "");
      if (issue.values.length > MAX_NAMED) return undefined;
      return `must be ${issue.values.length > 1 ? "one of " : ""}${named.join(", ")}`;
    }
    default:
      return undefined;
  }
}

function bound(
  which: string,
  limit: number | bigint,
  { origin, input }: { origin: string; input?: unknown },
): string {
  const unit = UNITS[origin];
  if (unit === undefined) return `must be ${which} ${limit}`;
  const length = typeof input === "string" || Array.isArray(input) ? `, not ${input.length}` : "";
  return `must have ${which} ${limit} ${unit}${Number(limit) === 1 ? "" : "s"}${length}`;
}
