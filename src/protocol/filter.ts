import { closestString } from "@std/text/closest-string";
import { HorizonError, messageOf } from "../base/errors.ts";
import { parseDollars } from "../base/money.ts";
import {
  FILTER_FIELDS,
  type FilterField,
  type NumberField,
  type TextField,
} from "./filter_fields.ts";
import { type FilterTerm, lexFilter, refuseFilter } from "./filter_lexer.ts";
import type { GpuView } from "./gpu.ts";

/** True for a GPU that a filter lets through. */
export type GpuPredicate = (gpu: GpuView) => boolean;

/** What a field of a GPU holds; null where the GPU has no such figure. */
export type FieldValue = string | number | boolean | null;

/**
 * One term of a filter as it was written, without the spaces around it, and what it does. Reading
 * stands apart from testing, so that many terms on many GPUs can share what was read.
 */
export interface TermTest {
  text: string;
  field: string;
  read: (gpu: GpuView) => FieldValue;
  accepts: (value: FieldValue) => boolean;
}

/**
 * Compiles a filter such as `vram_gb>=24 fp32_gflops>=20000 price<0.5 type~3090 verdict=verified`:
 * terms `field op value`, all of which must hold. Operators are = != < <= > >= and ~ (contains,
 * whatever the case); a value with spaces stands in double quotes; prices are dollars an hour. A
 * figure that a GPU lacks fails every term on it but `!=`. Throws `invalid_filter`, which shows the
 * place.
 */
export function compileFilter(text: string): GpuPredicate {
  const terms = compileTerms(text);
  return (gpu) => terms.every(({ read, accepts }) => accepts(read(gpu)));
}

/** The terms of a filter one by one, in order. Throws `invalid_filter` as `compileFilter` does. */
export function compileTerms(text: string): TermTest[] {
  return lexFilter(text).map((term) => compileTerm(text, term));
}

/** The terms of a filter that a GPU fails, as they were written; none for one it lets through. */
export function failingTerms(terms: readonly TermTest[], gpu: GpuView): string[] {
  return terms.filter(({ read, accepts }) => !accepts(read(gpu))).map(({ text }) => text);
}

function compileTerm(text: string, term: FilterTerm): TermTest {
  const field = fieldOf(term.field);
  if (field === undefined) {
    throw refuseFilter(
      text,
      term.at,
      `there is no field "${term.field}"`,
      nearestField(term.field),
    );
  }
  const accepts = acceptsOf(field, text, term);
  return { text: text.slice(term.at, term.end), field: term.field, read: field.read, accepts };
}

/** The test of a field's value; a figure that is missing passes nothing but `!=`. */
function acceptsOf(
  field: FilterField,
  text: string,
  term: FilterTerm,
): (value: FieldValue) => boolean {
  const missing = term.op === "!=";
  if (field.kind === "text") {
    const test = textTest(field, text, term);
    return (value) => typeof value === "string" ? test(value) : missing;
  }
  if (field.kind === "flag") {
    const test = flagTest(text, term);
    return (value) => typeof value === "boolean" ? test(value) : missing;
  }
  const test = numberTest(field, text, term);
  return (value) => typeof value === "number" ? test(value) : missing;
}

/** The field of a name; not what every object inherits. */
function fieldOf(name: string): FilterField | undefined {
  return Object.hasOwn(FILTER_FIELDS, name) ? FILTER_FIELDS[name] : undefined;
}

function textTest(
  field: TextField,
  text: string,
  term: FilterTerm,
): (actual: string) => boolean {
  const { op, value } = term;
  if (op === "~") {
    const part = value.toLowerCase();
    return (actual) => actual.toLowerCase().includes(part);
  }
  if (op !== "=" && op !== "!=") {
    throw refuseFilter(text, term.op_at, `"${term.field}" is a text, which takes =, != or ~`);
  }
  if (field.values !== undefined && !field.values.includes(value)) {
    const known = field.values.join(", ");
    throw refuseFilter(text, term.value_at, `"${term.field}" is one of ${known}`);
  }
  return op === "=" ? (actual) => actual === value : (actual) => actual !== value;
}

function flagTest(text: string, term: FilterTerm): (actual: boolean) => boolean {
  if (term.op !== "=" && term.op !== "!=") {
    throw refuseFilter(text, term.op_at, `"${term.field}" is true or false, which takes = or !=`);
  }
  if (term.value !== "true" && term.value !== "false") {
    throw refuseFilter(text, term.value_at, `"${term.field}" is true or false`);
  }
  const wanted = (term.value === "true") === (term.op === "=");
  return (actual) => actual === wanted;
}

function numberTest(
  field: NumberField,
  text: string,
  term: FilterTerm,
): (actual: number) => boolean {
  const wanted = numberOf(field, text, term);
  switch (term.op) {
    case "=":
      return (actual) => actual === wanted;
    case "!=":
      return (actual) => actual !== wanted;
    case "<":
      return (actual) => actual < wanted;
    case "<=":
      return (actual) => actual <= wanted;
    case ">":
      return (actual) => actual > wanted;
    case ">=":
      return (actual) => actual >= wanted;
    case "~":
      throw refuseFilter(text, term.op_at, `"${term.field}" is a number, which does not take ~`);
  }
}

function numberOf(field: NumberField, text: string, term: FilterTerm): number {
  if (field.kind === "price") {
    try {
      return parseDollars(term.value, `"${term.field}"`);
    } catch (cause) {
      throw refuseFilter(text, term.value_at, messageOf(cause));
    }
  }
  if (!/^-?\d{1,15}(\.\d{1,9})?$/.test(term.value)) {
    throw refuseFilter(text, term.value_at, `"${term.field}" is a number, such as 24 or 0.5`);
  }
  return Number(term.value);
}

/** How a listing is ordered: by a field, maybe from the greatest down. */
export interface GpuOrder {
  field: string;
  descending: boolean;
}

/** The order that a `sort` parameter names: a field, with '-' in front to reverse it. */
export function parseSort(text: string): GpuOrder {
  const descending = text.startsWith("-");
  const field = descending ? text.slice(1) : text;
  if (sortable().includes(field)) return { field, descending };
  throw new HorizonError(
    "invalid_filter",
    `A listing cannot be sorted by "${field.slice(0, 64)}".`,
    {
      fix: `Sort by one of ${sortable().join(", ")}; "-" in front reverses it.`,
    },
  );
}

/** Names of the fields that a listing can be sorted by: figures, prices and the id. */
export function sortable(): string[] {
  return Object.keys(FILTER_FIELDS).filter((name) => {
    const kind = FILTER_FIELDS[name]?.kind;
    return kind === "number" || kind === "price" || name === "gpu_id";
  });
}

function nearestField(name: string): string {
  const names = Object.keys(FILTER_FIELDS);
  return `Did you mean "${closestString(name, names)}"? The fields are ${names.join(", ")}.`;
}
