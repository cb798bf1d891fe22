import { HorizonError } from "../base/errors.ts";
import { LIMITS } from "./limits.ts";

/** The comparisons of the filter language; the longer ones first, as the lexer tries them. */
const OPERATORS = ["<=", ">=", "!=", "=", "<", ">", "~"] as const;
export type FilterOperator = (typeof OPERATORS)[number];

/** One `field op value` of a filter, with where each part starts, and the term ends (from 0). */
export interface FilterTerm {
  field: string;
  op: FilterOperator;
  value: string;
  at: number;
  op_at: number;
  value_at: number;
  end: number;
}

const FIELD = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED = /"([^"]*)"/y;
const BARE = /[^\s"=<>!~]+/y;
const SPACES = /\s*/y;

/** The terms of a filter text, in order. Throws `invalid_filter`. */
export function lexFilter(text: string): FilterTerm[] {
  if (text.length > LIMITS.filter_chars) {
    throw new HorizonError(
      "invalid_filter",
      `The filter has ${text.length} characters; at most ${LIMITS.filter_chars} are allowed.`,
    );
  }
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) {
    throw new HorizonError("invalid_filter", "The filter holds a control character.");
  }
  const terms: FilterTerm[] = [];
  let at = take(SPACES, text, 0)?.end ?? 0;
  while (at < text.length) {
    if (terms.length === LIMITS.filter_terms) {
      throw refuseFilter(text, at, `at most ${LIMITS.filter_terms} terms are allowed`);
    }
    const term = lexTerm(text, at);
    terms.push(term);
    at = take(SPACES, text, term.end)?.end ?? term.end;
    if (at === term.end && at < text.length) {
      throw refuseFilter(text, at, "a space must divide two terms");
    }
  }
  return terms;
}

function lexTerm(text: string, at: number): FilterTerm {
  const field = take(FIELD, text, at);
  if (field === null) throw refuseFilter(text, at, "a field's name must stand here");
  const op_at = take(SPACES, text, field.end)?.end ?? field.end;
  const op = OPERATORS.find((candidate) => text.startsWith(candidate, op_at));
  if (op === undefined) {
    throw refuseFilter(text, op_at, `one of ${OPERATORS.join(" ")} must follow "${field.text}"`);
  }
  const afterOp = op_at + op.length;
  const value_at = take(SPACES, text, afterOp)?.end ?? afterOp;
  const value = take(QUOTED, text, value_at) ?? take(BARE, text, value_at);
  if (value === null) {
    const open = text[value_at] === '"';
    throw refuseFilter(text, value_at, open ? "the quote has no end" : "a value must stand here");
  }
  return { field: field.text, op, value: value.text, at, op_at, value_at, end: value.end };
}

function take(pattern: RegExp, text: string, at: number): { text: string; end: number } | null {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match === null ? null : { text: match[1] ?? match[0], end: pattern.lastIndex };
}

/** The refusal of a filter at a place (counted from 0), with the place drawn under the text. */
export function refuseFilter(
  text: string,
  at: number,
  why: string,
  fix?: string,
): HorizonError {
  const drawn = `  ${text}\n  ${" ".repeat(at)}^`;
  return new HorizonError(
    "invalid_filter",
    `The filter cannot be read at character ${at + 1}: ${why}.\n${drawn}`,
    { details: { position: at + 1 }, ...(fix === undefined ? {} : { fix }) },
  );
}
