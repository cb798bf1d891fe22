import { VERSION } from "../base/version.ts";
import { EXIT } from "../protocol/codes.ts";
import { type Command, type FlagSpecs, GLOBAL_FLAGS } from "./command.ts";
import { flagText } from "./help.ts";

/** What each exit code means. */
const EXITS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "It was done.",
  failure: "It was refused, or failed.",
  usage: "The command line can't be read.",
  not_permitted: "Not permitted.",
  not_found: "There is no such thing.",
  no_offer: "No offer at that price.",
  network: "The registry can't be reached.",
  job_failed: "The job failed, or was lost.",
  job_unfinished: "The job has not finished.",
  job_cancelled: "The job was cancelled.",
  differs: "A replay gave something else.",
  interrupted: "Interrupted.",
};

/** The manual page of all commands, in the man macros of troff, from what `--help` shows. */
export function manPage(commands: readonly Command[]): string {
  return [
    `.TH HORIZON 1 "" "horizon ${VERSION}" "Horizon"`,
    ".SH NAME",
    "horizon \\- a marketplace for GPUs that are proven before they are listed",
    ".SH SYNOPSIS",
    ".B horizon",
    "\\fIcommand\\fR [\\fIarguments\\fR] [\\fIflags\\fR]",
    ".SH COMMANDS",
    ...commands.flatMap(sectionOf),
    ".SH FLAGS OF EVERY COMMAND",
    ...flagLines(GLOBAL_FLAGS),
    ".SH EXIT STATUS",
    ...Object.entries(EXITS).flatMap(([name, meaning]) => [
      ".TP",
      `.B ${EXIT[name as keyof typeof EXIT]}`,
      escaped(meaning),
    ]),
    ".SH TUTORIALS",
    ".B horizon help owner",
    ".br",
    ".B horizon help renter",
    ".br",
    ".B horizon help operator",
    "",
  ].join("\n");
}

function sectionOf({ name, summary, args, flags, about, examples }: Command): string[] {
  const words = Object.entries(args).map(([arg, { optional }]) =>
    optional ? `[<${arg}>]` : `<${arg}>`
  );
  return [
    `.SS ${quoted([name, ...words].join(" "))}`,
    escaped(`${summary}.`),
    ...Object.entries(args).flatMap(([arg, spec]) => tagged(`<${arg}>`, spec.summary)),
    ...flagLines(flags),
    ...(about === undefined ? [] : [".PP", ".nf", ...about.trim().split("\n").map(escaped), ".fi"]),
    ".PP",
    "Examples:",
    ".PP",
    ".nf",
    ...examples.map((example) => `    ${escaped(example)}`),
    ".fi",
  ];
}

function flagLines(flags: FlagSpecs): string[] {
  return Object.entries(flags).flatMap(([name, spec]) =>
    tagged(flagText(name, spec), spec.summary)
  );
}

function tagged(tag: string, text: string): string[] {
  return [".TP", `.B ${quoted(tag)}`, escaped(text)];
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', "\\(dq")}"`;
}

/** A text as troff shows it as it is: no escape of its own, no request at a line's start, ASCII alone. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^(?=[.'])/, "\\&")
    .replace(/\P{ASCII}/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\[u${code.toString(16).toUpperCase().padStart(4, "0")}]`;
    });
}
