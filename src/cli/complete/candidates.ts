import { CONFIG_KEYS } from "../../base/config_keys.ts";
import { type Command, type FlagSpecs, GLOBAL_FLAGS } from "../command.ts";
import { COMMANDS } from "../commands.ts";

/** A word that could stand next, and what it means. */
export interface Candidate {
  word: string;
  about: string;
}

/** What of a registry an argument names; whoever completes it asks the registry. */
export type RemoteKind = "gpu" | "own_gpu" | "lease" | "job" | "bid" | "auction" | "node";

/** What could stand next: words that are known here, and what the registry knows. */
export interface Next {
  candidates: Candidate[];
  remote: RemoteKind | null;
}

/** Arguments by their names: what they name at the registry. */
const REMOTE_ARGS: Readonly<Record<string, RemoteKind>> = {
  gpu_id: "gpu",
  lease_id: "lease",
  job_id: "job",
  bid_id: "bid",
  auction_id: "auction",
  auction: "auction",
  node: "node",
};
/** Commands that are for one's own GPUs alone. */
const FOR_OWNERS: ReadonlySet<string> = new Set([
  "auction start",
  "deregister-gpu",
  "gpu move",
  "gpu update",
]);
const TUTORIALS = ["owner", "renter", "operator"];

/** The first words of all commands, or the second ones of a group. */
export function commandWords(group: string | null): Candidate[] {
  const found = new Map<string, string>();
  for (const [name, { summary }] of Object.entries(COMMANDS)) {
    const [first = "", second] = name.split(" ");
    if (group === null) {
      const isGroup = second !== undefined && !Object.hasOwn(COMMANDS, first);
      if (!found.has(first)) found.set(first, isGroup ? `${first} …` : summary);
    } else if (first === group && second !== undefined) found.set(second, summary);
  }
  if (group === null) found.set("help", "Show the help of a command, or a tutorial");
  if (group === "help") {
    for (const name of TUTORIALS) {
      found.set(name, "A tutorial of ten minutes");
    }
  }
  return [...found].map(([word, about]) => ({ word, about }));
}

/** What could stand after the words of a command, of which the last is being written. */
export function afterCommand(command: Command, words: readonly string[]): Next {
  const flags: FlagSpecs = { ...command.flags, ...GLOBAL_FLAGS };
  const partial = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const last = before.at(-1) ?? "";
  const asked = last.startsWith("--") ? flags[last.slice(2)] : undefined;
  if (asked !== undefined && asked.kind !== "boolean") {
    const remote = REMOTE_ARGS[last.slice(2).replaceAll("-", "_")] ?? nodeOf(last);
    return { candidates: worded(asked.choices ?? []), remote };
  }
  if (partial.startsWith("-")) {
    const given = new Set(before.filter((word) => word.startsWith("--")));
    const rest = Object.entries(flags).filter(([name]) => !given.has(`--${name}`));
    return {
      candidates: rest.map(([name, { summary }]) => ({ word: `--${name}`, about: summary })),
      remote: null,
    };
  }
  return argument(command, positionals(before, flags));
}

/** What the next positional argument may be, after so many. */
function argument(command: Command, given: readonly string[]): Next {
  const [name, spec] = Object.entries(command.args)[given.length] ?? [];
  if (name === undefined) return { candidates: [], remote: null };
  if (command.name === "config" && name === "key") {
    const keys = Object.entries(CONFIG_KEYS);
    return {
      candidates: keys.map(([word, { summary }]) => ({ word, about: summary })),
      remote: null,
    };
  }
  if (command.name === "config" && name === "value") {
    const [key = ""] = given;
    const isFlag = Object.hasOwn(CONFIG_KEYS, key) &&
      CONFIG_KEYS[key as keyof typeof CONFIG_KEYS].type === "boolean";
    return { candidates: worded(isFlag ? ["true", "false"] : []), remote: null };
  }
  const remote = REMOTE_ARGS[name] ?? null;
  return {
    candidates: worded(spec?.choices ?? []),
    remote: remote === "gpu" && FOR_OWNERS.has(command.name) ? "own_gpu" : remote,
  };
}

/** The words that are neither flags nor their values. */
function positionals(words: readonly string[], flags: FlagSpecs): string[] {
  const found: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (!word.startsWith("-")) found.push(word);
    else if (!word.includes("=") && flags[word.replace(/^--/, "")]?.kind !== "boolean") i++;
  }
  return found;
}

function nodeOf(flag: string): RemoteKind | null {
  return flag === "--home" ? "node" : flag === "--gpu" ? "gpu" : null;
}

function worded(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word, about: "" }));
}
