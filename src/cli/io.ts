import { type Clock, systemClock } from "../base/clock.ts";
import type { Env } from "../base/paths.ts";
import { EXIT } from "../protocol/codes.ts";
import { onSignal } from "../base/platform.ts";

/** Everything of the outside that a command touches besides files and sockets; tests pass their own. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  stdout_is_terminal: boolean;
  stderr_is_terminal: boolean;
  stdin_is_terminal: boolean;
  /** How wide the terminal is now, in characters; some usual width where there is none. */
  columns(): number;
  /** A line from stdin without its end, or null at its end. */
  readLine(): Promise<string | null>;
  env: Env;
  clock: Clock;
  /** Aborts at SIGINT and SIGTERM. */
  signal: AbortSignal;
}

/** The process's own streams, environment, clock and signals. */
export function systemIo(): Io {
  return {
    stdout: (text) => writeAll(Deno.stdout, text),
    stderr: (text) => writeAll(Deno.stderr, text),
    stdout_is_terminal: Deno.stdout.isTerminal(),
    stderr_is_terminal: Deno.stderr.isTerminal(),
    stdin_is_terminal: Deno.stdin.isTerminal(),
    columns,
    readLine,
    env: Deno.env,
    clock: systemClock,
    signal: interruptSignal(),
  };
}

/** The first SIGINT or SIGTERM lets the command end in order; the second ends the process at once. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const end = () => {
    if (controller.signal.aborted) Deno.exit(EXIT.interrupted);
    controller.abort();
  };
  onSignal("SIGINT", end);
  onSignal("SIGTERM", end);
  return controller.signal;
}

/** A width that every terminal has. */
const USUAL_COLUMNS = 80;

function columns(): number {
  try {
    // A terminal that doesn't know its size says 0.
    return Deno.consoleSize().columns || USUAL_COLUMNS;
  } catch {
    return USUAL_COLUMNS;
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  } catch (cause) {
    // The reader has gone (`horizon … | head`): nobody is left to tell.
    if (cause instanceof Deno.errors.BrokenPipe) Deno.exit(EXIT.ok);
    throw cause;
  }
}

/** Longest answer to a question. */
const MAX_LINE_BYTES = 1024;

async function readLine(): Promise<string | null> {
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  while (bytes.length < MAX_LINE_BYTES) {
    const count = await Deno.stdin.read(one);
    if (count === null && bytes.length === 0) return null;
    if (count === null || one[0] === 0x0a) break;
    bytes.push(one[0] ?? 0);
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
