import { HorizonError, messageOf } from "../base/errors.ts";
import { EXIT, meaningOf } from "../protocol/codes.ts";
import { readInput } from "./args.ts";
import { type Command, GLOBAL_FLAGS, type RawInput } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { Context } from "./context.ts";
import { fileError } from "./file_error.ts";
import { PrintedInstead } from "./curl.ts";
import { commandsOf, findCommand } from "./find_command.ts";
import { hintAtHome } from "./home_hints.ts";
import { type Io, systemIo } from "./io.ts";
import { Output } from "./output.ts";
import { readRefs } from "./refs.ts";

export interface CliOptions {
  /** URL of main.ts (or its bundle), of which a Worker is another instance. */
  main_url: string;
  /** The outside; a test passes its own. */
  io?: Io;
}

/** How much of an argument the operation log keeps. */
const SUBJECT_CHARS = 80;

/** Runs one command line and returns its exit code; never throws. */
export async function runCli(argv: readonly string[], options: CliOptions): Promise<number> {
  const io = options.io ?? systemIo();
  const out = new Output(io, has(argv, "--json"), {
    quiet: has(argv, "--quiet") || has(argv, "-q"),
    curl: has(argv, "--curl"),
  });
  try {
    if (await showHelp(argv, out)) return EXIT.ok;
    const { name, entry, words } = findCommand(argv);
    const { command } = await entry.load();
    const flags = { ...command.flags, ...GLOBAL_FLAGS };
    const { input, home } = readRefs(readInput(words, { ...command, flags }));
    const curl = input.flags.curl === true;
    if (curl && command.local) throw noRequests(name);
    const registry = input.flags.registry;
    const ctx = new Context({
      op: name,
      io,
      out,
      main_url: options.main_url,
      registry: registry === undefined ? undefined : String(registry),
      home,
      curl,
    });
    return await runLogged(ctx, command, input);
  } catch (thrown) {
    return await report(thrown, out);
  }
}

/** Runs a command and writes what became of it to the operation log. */
async function runLogged(ctx: Context, command: Command, input: RawInput): Promise<number> {
  const start_ms = ctx.io.clock.monotonic();
  const finish = async (code: string | null) => {
    if (command.unlogged) return;
    const subject = Object.values(input.args)[0];
    await ctx.log({
      level: code === null ? "info" : "error",
      status: code === null ? "ok" : "failed",
      ms: Math.round(ctx.io.clock.monotonic() - start_ms),
      ...(code === null ? {} : { code }),
      ...(subject === undefined ? {} : { subject: subject.slice(0, SUBJECT_CHARS) }),
    });
  };
  try {
    const exit = await command.run(ctx, input);
    await finish(null);
    return exit ?? EXIT.ok;
  } catch (thrown) {
    if (thrown instanceof PrintedInstead) return EXIT.ok;
    const error = hinted(named(thrown, ctx.signal), ctx, input);
    await finish(error instanceof HorizonError ? error.code : "internal");
    throw error;
  }
}

/** An error of the system by its stable code; what came out of an abort is an interruption. */
function named(thrown: unknown, signal: AbortSignal): unknown {
  if (thrown instanceof HorizonError) return thrown;
  if (signal.aborted) return new HorizonError("interrupted", "Interrupted.", { cause: thrown });
  return fileError(thrown) ?? thrown;
}

/** It would do its work, and print nothing. */
function noRequests(name: string): HorizonError {
  const message = `"horizon ${name}" has no requests that --curl could print.`;
  return new HorizonError("invalid_input", message, { fix: "Leave --curl out." });
}

/** What another registry's refusal is called from here. */
function hinted(error: unknown, { home }: Context, input: RawInput): unknown {
  return home === undefined || !(error instanceof HorizonError)
    ? error
    : hintAtHome(error, home, input);
}

/** Prints help where it is asked for; a group's name alone, with --help, shows its commands. */
async function showHelp(argv: readonly string[], out: Output): Promise<boolean> {
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  const [first] = words;
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    const text = await helpWith(words.slice(1).filter((word) => !word.startsWith("-")));
    out.result({ help: text }, text);
    return true;
  }
  if (!words.includes("--help") && !words.includes("-h")) return false;
  const text = await helpWith(words.filter((word) => !word.startsWith("-")));
  out.result({ help: text }, text);
  return true;
}

/** The help of a tutorial, a group or a command; without a name the overview. Throws `unknown_command`. */
async function helpWith(named: readonly string[]): Promise<string> {
  const { overview, helpOf } = await import("./help.ts");
  const [first] = named;
  if (first === undefined) return overview();
  const isCommand = Object.hasOwn(COMMANDS, first);
  if (named.length === 1 && !isCommand) {
    if (commandsOf(first).length > 0) return overview(first);
    const { isTutorial, tutorialText } = await import("./tutorials.ts");
    if (isTutorial(first)) return tutorialText(first);
  }
  return helpOf((await findCommand(named).entry.load()).command);
}

/** Tells an error: a problem document on stdout with --json, else words on stderr. The exit code. */
async function report(thrown: unknown, out: Output): Promise<number> {
  if (!(thrown instanceof HorizonError)) {
    out.warn(`An error inside Horizon: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  }
  const code = thrown instanceof HorizonError ? thrown.code : "internal";
  if (out.json && !out.answered) {
    const { problemOf } = await import("../protocol/problem.ts");
    out.print(JSON.stringify({ error: problemOf(thrown) }) + "\n");
  } else if (thrown instanceof HorizonError) {
    out.warn(`error: ${messageOf(thrown)}`);
    out.warn(await nextStep(thrown));
  }
  return meaningOf(code).exit;
}

/** What to do about an error: what it says itself, else what its code says. */
async function nextStep({ fix, code }: HorizonError): Promise<string> {
  if (fix !== undefined) return fix;
  const { NEXT_STEPS } = await import("./next_steps.ts");
  return NEXT_STEPS[code] ?? NEXT_STEPS.internal ?? "";
}

/** Before the flags are read, since an error in them is told in JSON too. */
function has(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).includes(flag);
}
