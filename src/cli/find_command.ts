import { HorizonError } from "../base/errors.ts";
import { didYouMean, shown } from "./args.ts";
import { type CommandEntry, COMMANDS } from "./commands.ts";

const HELP = "horizon --help";

/** What the first words of a command line name. */
export interface FoundCommand {
  name: string;
  entry: CommandEntry;
  /** The words after the name. */
  words: string[];
}

/**
 * The command that a command line names by its first word or two. Throws `unknown_command` with a
 * "did you mean", or with the members of a group where only its name is given.
 */
export function findCommand(argv: readonly string[]): FoundCommand {
  const [first = "", second = ""] = argv;
  for (const length of [2, 1]) {
    const name = argv.slice(0, length).join(" ");
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (entry !== undefined && argv.length >= length) {
      return { name, entry, words: argv.slice(length) };
    }
  }
  if (first.startsWith("-")) {
    throw unknown(`${shown(first)} stands where the command should; flags come after it.`, HELP);
  }
  const members = commandsOf(first);
  if (members.length === 0) {
    const known = Object.keys(COMMANDS).map((name) => name.split(" ")[0] ?? name);
    throw unknown(
      `There is no command ${shown(first)}.${didYouMean(first, known)}`,
      HELP,
    );
  }
  const help = `horizon ${first} --help`;
  if (second === "" || second.startsWith("-")) {
    throw unknown(`"${first}" needs one of: ${members.join(", ")}.`, help);
  }
  const hint = didYouMean(second, members);
  throw unknown(`There is no command "${first}" ${shown(second)}.${hint}`, help);
}

/** The second words of the commands of a group, such as "list" of "lease list". */
export function commandsOf(group: string): string[] {
  const head = `${group} `;
  return Object.keys(COMMANDS).filter((name) => name.startsWith(head)).map((name) =>
    name.slice(head.length)
  );
}

function unknown(message: string, help: string): HorizonError {
  return new HorizonError("unknown_command", message, { fix: `Run: ${help}` });
}
