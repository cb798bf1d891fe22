import { HorizonError } from "../base/errors.ts";

/** What asking who is there ends in where nothing answers as a registry does. */
const NO_ANSWER: ReadonlySet<string> = new Set([
  "bad_gateway",
  "network",
  "not_found",
  "timeout",
]);

/** Why nobody is found at a URL that the operator named, with what to do; other errors stay. */
export function noRegistry(url: string, thrown: unknown): unknown {
  if (!(thrown instanceof HorizonError) || !NO_ANSWER.has(thrown.code)) return thrown;
  const { code, message } = thrown;
  const says = code === "bad_gateway" || code === "not_found"
    ? `${url} is no registry: ${message}`
    : message;
  // A registry that has no such path is one; the URL is that of something within it.
  return new HorizonError(code === "not_found" ? "bad_gateway" : code, says, {
    fix: "Check the URL, and that a registry runs there.",
    cause: thrown,
  });
}
