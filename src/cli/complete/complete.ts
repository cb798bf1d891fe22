import { printable } from "../../base/printable.ts";
import { COMMANDS } from "../commands.ts";
import { Context } from "../context.ts";
import { commandsOf } from "../find_command.ts";
import type { Io } from "../io.ts";
import { Output } from "../output.ts";
import { afterCommand, type Candidate, commandWords, type Next } from "./candidates.ts";

/** What a shell may put on a command line as it is; nothing else is offered. */
const PLAIN = /^[A-Za-z0-9._:@/-]+$/;
const ABOUT_CHARS = 60;

/**
 * What could stand in place of the last word, one a line: the word, a tab, and what it is. Nothing
 * where nothing is known; it never fails, and never says anything else. The words are those after
 * "horizon", the last as far as it is written.
 */
export async function complete(
  words: readonly string[],
  io: Io,
  main_url: string,
): Promise<string> {
  const partial = words.at(-1) ?? "";
  const { candidates, remote } = await nextOf(words);
  const known = remote === null ? [] : await remoteCandidates(remote, io, main_url);
  return [...candidates, ...known]
    .filter(({ word }) => word.startsWith(partial) && PLAIN.test(word))
    .map(lineOf).join("");
}

async function nextOf(words: readonly string[]): Promise<Next> {
  const [first = "", second = ""] = words;
  if (words.length <= 1) return { candidates: commandWords(null), remote: null };
  const isGroup = first === "help" || commandsOf(first).length > 0;
  const members = isGroup && words.length === 2 ? commandWords(first) : [];
  const pair = `${first} ${second}`;
  const isPair = words.length > 2 && Object.hasOwn(COMMANDS, pair);
  const entry = isPair
    ? COMMANDS[pair]
    : Object.hasOwn(COMMANDS, first)
    ? COMMANDS[first]
    : undefined;
  if (entry === undefined) return { candidates: members, remote: null };
  const next = afterCommand((await entry.load()).command, words.slice(isPair ? 2 : 1));
  return { ...next, candidates: [...members, ...next.candidates] };
}

async function remoteCandidates(
  kind: NonNullable<Next["remote"]>,
  io: Io,
  main_url: string,
): Promise<Candidate[]> {
  const out = new Output(io, false);
  const nowhere = { registry: undefined, home: undefined };
  const ctx = new Context({ op: "complete", io, out, main_url, ...nowhere });
  try {
    const { remoteWords } = await import("./remote_words.ts");
    return await remoteWords(ctx, kind);
  } catch {
    // Who presses a key wants words, or silence.
    return [];
  }
}

function lineOf({ word, about }: Candidate): string {
  const shown = printable(about).replace(/[\t\n]/g, " ").slice(0, ABOUT_CHARS);
  return `${word}\t${shown}\n`;
}
