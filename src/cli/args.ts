import { parseArgs } from "@std/cli/parse-args";
import { closestString } from "@std/text/closest-string";
import { HorizonError } from "../base/errors.ts";
import type { ArgSpecs, FlagSpec, FlagSpecs, RawInput } from "./command.ts";

/** What of a command its input is read by. */
interface Tables {
  name: string;
  args: ArgSpecs;
  flags: FlagSpecs;
}

/** How much of a wrong word an error repeats. */
const SHOWN_CHARS = 60;

/**
 * Reads the words after a command's name by its tables, strictly: an unknown or repeated flag, a
 * missing value and an argument too many are `invalid_input`, with a "did you mean" where one is near.
 */
export function readInput(words: readonly string[], command: Tables): RawInput {
  const { tokens, rest } = joinValues(words, command.flags);
  const names = Object.keys(command.flags);
  const boolean = names.filter((name) => command.flags[name]?.kind === "boolean");
  const string = names.filter((name) => command.flags[name]?.kind !== "boolean");
  const parsed = parseArgs([...tokens, "--", ...rest], { boolean, string: ["_", ...string] });
  const flags: Record<string, string | number | boolean | undefined> = {};
  for (const [name, spec] of Object.entries(command.flags)) {
    flags[name] = flagValue(name, spec, parsed[name]);
  }
  return { args: readArgs(parsed._.map(String), command), flags };
}

/** The nearest of the candidates, as " Did you mean …?", or nothing if none is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0 || word.length > SHOWN_CHARS) return "";
  const nearest = closestString(word, candidates);
  return ` Did you mean "${nearest}"?`;
}

/** A word of the command line as an error may repeat it. */
export function shown(word: string): string {
  return JSON.stringify(word.length > SHOWN_CHARS ? word.slice(0, SHOWN_CHARS) + "…" : word);
}

/**
 * Gives every flag its value with "=", since parse-args would take "-5" for a flag, and joins the
 * words of a `words` flag. Positional words come apart from it, so that none is taken for a value.
 */
function joinValues(
  words: readonly string[],
  flags: FlagSpecs,
): { tokens: string[]; rest: string[] } {
  const tokens: string[] = [];
  const rest: string[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") {
      rest.push(...words.slice(i + 1));
      break;
    }
    if (!/^-[^\d]/.test(word)) {
      rest.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = flagName(equals < 0 ? word : word.slice(0, equals), flags);
    const spec = flags[name];
    if (spec === undefined) throw unknownFlag(word, flags);
    if (seen.has(name)) throw invalid(`--${name} is there twice.`);
    seen.add(name);
    if (spec.kind === "boolean") {
      if (equals >= 0) throw invalid(`--${name} takes no value.`);
      tokens.push(`--${name}=true`);
      continue;
    }
    const taken = [];
    if (equals >= 0) taken.push(word.slice(equals + 1));
    else if (i + 1 < words.length && !isFlag(words[i + 1] ?? "", flags)) taken.push(words[++i]);
    if (spec.kind === "words") {
      while (i + 1 < words.length && !(words[i + 1] ?? "").startsWith("-")) taken.push(words[++i]);
    }
    const value = taken.join(" ");
    if (value.trim() === "") throw invalid(`--${name} needs a value: ${spec.value ?? "<value>"}.`);
    tokens.push(`--${name}=${value}`);
  }
  return { tokens, rest };
}

/** The table's name of "--name" or "-n"; what isn't one, as it is. */
function flagName(word: string, flags: FlagSpecs): string {
  if (word.startsWith("--")) return Object.hasOwn(flags, word.slice(2)) ? word.slice(2) : word;
  const letter = word.slice(1);
  return Object.keys(flags).find((name) => flags[name]?.short === letter) ?? word;
}

function isFlag(word: string, flags: FlagSpecs): boolean {
  const equals = word.indexOf("=");
  const bare = equals < 0 ? word : word.slice(0, equals);
  return word.startsWith("-") && (Object.hasOwn(flags, flagName(bare, flags)) || /^--./.test(word));
}

function flagValue(
  name: string,
  spec: FlagSpec,
  given: unknown,
): string | number | boolean | undefined {
  if (spec.kind === "boolean") return given === true;
  if (given === undefined) {
    if (spec.required) throw invalid(`--${name} is missing: ${spec.summary}.`);
    return undefined;
  }
  const text = String(given);
  if (spec.kind !== "integer") return text;
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = spec;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw invalid(`--${name} must be a whole number from ${min} to ${max}, not ${shown(text)}.`);
}

function readArgs(words: readonly string[], command: Tables): Record<string, string | undefined> {
  const names = Object.keys(command.args);
  const args: Record<string, string | undefined> = {};
  names.forEach((name, i) => {
    const word = words[i];
    if (word === undefined && !command.args[name]?.optional) {
      throw invalid(`<${name}> is missing: ${command.args[name]?.summary}.`);
    }
    args[name] = word;
  });
  const extra = words[names.length];
  if (extra === undefined) return args;
  throw invalid(`${shown(extra)} is one argument too many for "horizon ${command.name}".`);
}

function unknownFlag(word: string, flags: FlagSpecs): HorizonError {
  const name = word.replace(/=.*/s, "");
  const candidates = Object.keys(flags).map((flag) => `--${flag}`);
  return invalid(`There is no flag ${shown(name)}.${didYouMean(name, candidates)}`);
}

function invalid(message: string): HorizonError {
  return new HorizonError("invalid_input", message, { fix: "Add --help to see the usage." });
}
