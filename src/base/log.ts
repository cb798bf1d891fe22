import { join } from "node:path";
import { PRIVATE_MODE } from "./atomic_file.ts";
import type { LogLevel } from "./log_level.ts";
import { makePrivateFolder } from "./paths.ts";

/** One operation, as one JSON line. Texts are facts about it; never a secret. */
export interface LogEntry {
  /** ISO 8601, UTC. */
  at: string;
  level: LogLevel;
  /** The command, or the part of a long one that speaks: "rent", "serve", "provide". */
  op: string;
  /** "ok", "failed", or what a long command says happened. */
  status: string;
  /** How long it took. */
  ms?: number;
  /** Stable error code. */
  code?: string;
  /** What it was about: a GPU, a job, a lease. */
  subject?: string;
  /** Facts worth reading later. */
  details?: Record<string, unknown>;
}

/** A full log file becomes the newest of the old ones. */
export const LOG_FILE_BYTES = 1024 * 1024;
/** How many old files are kept beside the current one. */
export const LOG_OLD_FILES = 3;
/** A longer line is cut: one entry can't fill the log. */
const LINE_CHARS = 8 * 1024;
const NEWLINE = 0x0a;
const CURRENT = "operations.jsonl";

/** Paths of the log's files, newest first. The first is the one being written. */
export function logFiles(state_folder: string): string[] {
  const current = join(state_folder, CURRENT);
  return [current, ...Array.from({ length: LOG_OLD_FILES }, (_, i) => `${current}.${i + 1}`)];
}

/**
 * Appends an entry, turning the files over when the current one is full. Several processes may
 * append: each line is one write. Throws what the file system throws.
 */
export async function appendLog(state_folder: string, entry: LogEntry): Promise<void> {
  await makePrivateFolder(state_folder);
  const path = join(state_folder, CURRENT);
  const size = await Deno.stat(path).then((info) => info.size, () => 0);
  if (size >= LOG_FILE_BYTES) await rotate(state_folder);
  await Deno.writeTextFile(path, lineOf(entry), { append: true, mode: PRIVATE_MODE });
}

/** The last `count` entries, oldest first. Lines that a crash left half-written are passed over. */
export async function tailLog(state_folder: string, count: number): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  for (const path of logFiles(state_folder)) {
    if (found.length >= count) break;
    const text = await Deno.readTextFile(path).catch(ifAbsent(""));
    found.unshift(...entriesOf(text).slice(-(count - found.length)));
  }
  return found;
}

/** Removes every file of the log; says how many there were. */
export async function clearLog(state_folder: string): Promise<number> {
  let removed = 0;
  for (const path of logFiles(state_folder)) {
    removed += await Deno.remove(path).then(() => 1, ifAbsent(0));
  }
  return removed;
}

/**
 * The last `count` entries and then those that are appended, until the signal aborts. Survives
 * rotation. The file system's events say when to look.
 */
export async function* followLog(
  state_folder: string,
  count: number,
  signal: AbortSignal,
): AsyncGenerator<LogEntry> {
  if (signal.aborted) return;
  await makePrivateFolder(state_folder);
  const path = join(state_folder, CURRENT);
  const watcher = Deno.watchFs(state_folder, { recursive: false });
  const stop = () => watcher.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    // The watch is on before the first look, so that nothing falls between them.
    let offset_bytes = await Deno.stat(path).then((info) => info.size, ifAbsent(0));
    yield* await tailLog(state_folder, count);
    for await (const event of watcher) {
      if (!event.paths.some((changed) => changed.endsWith(CURRENT))) continue;
      const bytes = await Deno.readFile(path).catch(ifAbsent(new Uint8Array()));
      if (bytes.length < offset_bytes) offset_bytes = 0;
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      if (end <= offset_bytes) continue;
      const fresh = bytes.subarray(offset_bytes, end);
      offset_bytes = end;
      yield* entriesOf(new TextDecoder().decode(fresh));
    }
  } finally {
    signal.removeEventListener("abort", stop);
    if (!signal.aborted) watcher.close();
  }
}

async function rotate(state_folder: string): Promise<void> {
  const files = logFiles(state_folder);
  for (let i = files.length - 1; i > 0; i--) {
    await Deno.rename(files[i - 1] ?? "", files[i] ?? "").catch(ifAbsent(undefined));
  }
}

function lineOf(entry: LogEntry): string {
  const line = JSON.stringify(entry);
  if (line.length <= LINE_CHARS) return line + "\n";
  const { at, level, op, status } = entry;
  return JSON.stringify({ at, level, op: op.slice(0, 128), status: status.slice(0, 1024) }) + "\n";
}

function entriesOf(text: string): LogEntry[] {
  return text.split("\n").map(parseEntry).filter((entry) => entry !== null);
}

function parseEntry(line: string): LogEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  return isEntry(value) ? value : null;
}

function isEntry(value: unknown): value is LogEntry {
  if (typeof value !== "object" || value === null) return false;
  const text = (key: string) => typeof Reflect.get(value, key) === "string";
  return text("at") && text("level") && text("op") && text("status");
}

/** For a catch: the value where there is no such file; anything else goes on. */
function ifAbsent<T>(value: T): (cause: unknown) => T {
  return (cause) => {
    if (cause instanceof Deno.errors.NotFound) return value;
    throw cause;
  };
}
