import type { Context } from "../context.ts";
import { fit } from "./fit.ts";
import { keysIn } from "./keys.ts";
import { onSignal } from "../../base/platform.ts";

/** A terminal's size, in characters. */
export interface Size {
  columns: number;
  rows: number;
}

/** One line of a picture, and whether it stands out. */
export interface Line {
  text: string;
  marked?: boolean;
}

/** What fills the screen. */
export interface Scene {
  /** At most `rows` lines; each is cut to the columns. */
  lines(size: Size): Line[];
  /** Takes a key; "quit" ends it, a text beside it goes to the clipboard. */
  press(key: string, size: Size): "quit" | { copy: string } | void;
  /** Reads anew what is shown. What it throws is the scene's to show. */
  refresh(): Promise<void>;
}

const REFRESH_MS = 2_000;
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
const REVERSE = "\x1b[7m";
const RESET = "\x1b[0m";
const encoder = new TextEncoder();

/** Whether a scene can fill this terminal; elsewhere a command prints. */
export function canFill(ctx: Context): boolean {
  const { io } = ctx;
  return io.stdout_is_terminal && io.stdin_is_terminal && !ctx.out.json &&
    io.env.get("TERM") !== "dumb";
}

/**
 * Shows a scene on the whole terminal until it is quit or the command is interrupted. The terminal is
 * then as it was, whatever happened in between.
 */
export async function fill(ctx: Context, scene: Scene): Promise<void> {
  const end = new AbortController();
  const signal = AbortSignal.any([ctx.signal, end.signal]);
  const draw = () => write(picture(scene, sizeNow()));
  Deno.stdin.setRaw(true);
  write(ENTER);
  const forget = onSignal("SIGWINCH", draw);
  try {
    draw();
    const refreshing = refreshUntil(scene, draw, signal);
    const reader = Deno.stdin.readable.getReader();
    const stop = () => void reader.cancel().catch(() => undefined);
    signal.addEventListener("abort", stop);
    const decoder = new TextDecoder();
    for (let next; !(next = await reader.read()).done && !signal.aborted;) {
      for (const key of keysIn(decoder.decode(next.value, { stream: true }))) {
        const said = key === "interrupt" ? "quit" : scene.press(key, sizeNow());
        if (said === "quit") end.abort();
        else if (said !== undefined) write(clipboard(said.copy));
      }
      if (signal.aborted) break;
      draw();
    }
    end.abort();
    await refreshing;
  } finally {
    forget();
    write(LEAVE);
    Deno.stdin.setRaw(false);
  }
}

/** The scene as a terminal takes it: each line cut to the width, the rest of the screen empty. */
export function picture(scene: Scene, size: Size): string {
  const lines = scene.lines(size).slice(0, size.rows).map(({ text, marked }) => {
    const cut = fit(text, size.columns);
    return (marked ? REVERSE + cut + RESET : cut) + CLEAR_LINE;
  });
  return HOME + lines.join("\r\n") + CLEAR_BELOW;
}

async function refreshUntil(scene: Scene, draw: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await scene.refresh();
    if (signal.aborted) return;
    draw();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, REFRESH_MS);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
  }
}

/** A terminal that doesn't know its size has the usual one. */
function sizeNow(): Size {
  try {
    const { columns, rows } = Deno.consoleSize();
    return { columns: columns || 80, rows: rows || 24 };
  } catch {
    return { columns: 80, rows: 24 };
  }
}

/** Asks the terminal to put a text on the clipboard (OSC 52); one that can't leaves it. */
function clipboard(text: string): string {
  return `\x1b]52;c;${encoder.encode(text).toBase64()}\x07`;
}

function write(text: string): void {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
