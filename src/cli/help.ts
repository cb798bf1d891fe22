import type { Command, FlagSpec, FlagSpecs } from "./command.ts";
import { GLOBAL_FLAGS } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { commandsOf } from "./find_command.ts";

/** The overview of all commands, or of one group of them. */
export function overview(group?: string): string {
  const names = Object.keys(COMMANDS).filter((name) =>
    group === undefined || name.startsWith(`${group} `)
  );
  const wide = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `  ${name.padEnd(wide)}  ${COMMANDS[name]?.summary ?? ""}`);
  return [
    "Horizon: a marketplace for GPUs that are proven before they are listed.",
    "",
    "Usage: horizon <command> [arguments] [--flags]",
    "",
    "Commands:",
    ...lines,
    "",
    "horizon <command> --help tells more of each, with examples.",
    "horizon help owner, help renter and help operator are tutorials of ten minutes.",
    "",
  ].join("\n");
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const flags = Object.entries(command.flags);
  const usage = [
    `horizon ${command.name}`,
    ...Object.entries(command.args).map(([name, arg]) =>
      arg.optional ? `[<${name}>]` : `<${name}>`
    ),
    ...flags.map(([name, spec]) =>
      spec.required ? flagText(name, spec) : `[${flagText(name, spec)}]`
    ),
  ].join(" ");
  const args = Object.entries(command.args).map(([name, arg]): Row => [`<${name}>`, arg.summary]);
  const members = commandsOf(command.name).map((member): Row => {
    const name = `${command.name} ${member}`;
    return [name, COMMANDS[name]?.summary ?? ""];
  });
  return [
    `${command.summary}.`,
    "",
    `Usage: ${usage}`,
    ...section("Arguments:", args),
    ...section("Flags:", [...flagRows(command.flags), ...flagRows(GLOBAL_FLAGS)]),
    ...section("Also:", members),
    ...(command.about === undefined ? [] : ["", command.about.trim()]),
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

type Row = [label: string, summary: string];

function flagRows(flags: FlagSpecs): Row[] {
  return Object.entries(flags).map(([name, spec]) => [
    spec.short === undefined ? flagText(name, spec) : `-${spec.short}, ${flagText(name, spec)}`,
    spec.summary,
  ]);
}

/** A flag as usage shows it: "--price <price>". */
export function flagText(name: string, spec: FlagSpec): string {
  return spec.kind === "boolean" ? `--${name}` : `--${name} ${spec.value ?? "<value>"}`;
}

function section(title: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const wide = Math.max(...rows.map(([label]) => label.length));
  return ["", title, ...rows.map(([label, summary]) => `  ${label.padEnd(wide)}  ${summary}`)];
}
