import type * as z from "zod";
import { type LogLine, LogPage } from "../protocol/api.ts";
import { LIMITS } from "../protocol/limits.ts";

/** A line with its place in the log, from 1. */
export type NumberedLine = LogPage["lines"][number];
const Stored = LogPage.shape.lines.element satisfies z.ZodType<NumberedLine>;

/** A place in the file from which on the lines have numbers above `after`. */
interface Mark {
  after: number;
  offset_bytes: number;
}

/** Lines between two marks: about what a reader reads in vain. */
const MARK_LINES = 256;
const READ_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const FILE_MODE = 0o600;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The log of one job: a JSONL file, bounded in bytes, that only grows. */
export class LogFile {
  /** Called after each write. */
  readonly wake = new Set<() => void>();
  readonly #path: string;
  readonly #marks: Mark[] = [{ after: 0, offset_bytes: 0 }];
  #count = 0;
  #size_bytes = 0;
  /** The file ends inside a line, since a write was cut off. */
  #isCut = false;
  #last_write: Promise<void> = Promise.resolve();
  #users = 0;

  private constructor(path: string) {
    this.#path = path;
  }

  /** The log at a path, which need not be there yet. */
  static async open(path: string): Promise<LogFile> {
    const log = new LogFile(path);
    for await (const { line, end_bytes } of linesFrom(path, 0)) {
      log.#size_bytes = end_bytes;
      if (line !== null) log.#counted(line.n);
    }
    await log.#measure();
    return log;
  }

  /** Lines in the file. */
  get count(): number {
    return this.#count;
  }

  /** True while somebody writes it or waits for what comes. */
  get isBusy(): boolean {
    return this.#users > 0;
  }

  /** Keeps the log from being forgotten until the result is disposed of. */
  use(): Disposable {
    this.#users += 1;
    return { [Symbol.dispose]: () => void (this.#users -= 1) };
  }

  /** Adds lines, one call after the other, up to the bound. Rejects where they can't be written. */
  async append(lines: readonly LogLine[]): Promise<void> {
    using _ = this.use();
    const written = this.#last_write.then(() => this.#write(lines));
    this.#last_write = written.catch(() => undefined);
    await written;
    for (const wake of this.wake) wake();
  }

  /** The lines after the n-th, as far as they are written. */
  async *lines(after: number): AsyncGenerator<NumberedLine> {
    if (after >= this.#count) return;
    const mark = this.#marks.findLast((candidate) => candidate.after <= after);
    for await (const { line } of linesFrom(this.#path, mark?.offset_bytes ?? 0)) {
      if (line !== null && line.n > after) yield line;
    }
  }

  /** The number before the last so many lines that are wanted: from the end, as far as need be. */
  async beforeLast(count: number, isWanted: (line: NumberedLine) => boolean): Promise<number> {
    let to = this.#count;
    if (count === 0) return to;
    let found: number[] = [];
    for (const { after } of this.#marks.toReversed()) {
      const here: number[] = [];
      for await (const line of this.lines(after)) {
        if (line.n > to) break;
        if (isWanted(line)) here.push(line.n);
      }
      found = [...here, ...found];
      const first = found.at(-count);
      if (first !== undefined) return first - 1;
      to = after;
    }
    return 0;
  }

  async #write(lines: readonly LogLine[]): Promise<void> {
    const start_bytes = this.#size_bytes + (this.#isCut ? 1 : 0);
    const rows: Uint8Array[] = [];
    let size_bytes = start_bytes;
    for (const line of lines) {
      const row = encoder.encode(
        JSON.stringify({ n: this.#count + rows.length + 1, ...line }) + "\n",
      );
      if (size_bytes + row.length > LIMITS.job_log_bytes) break;
      size_bytes += row.length;
      rows.push(row);
    }
    if (rows.length === 0) return;
    const bytes = new Blob([this.#isCut ? "\n" : "", ...rows.map((row) => new Uint8Array(row))]);
    const options = { append: true, create: true, mode: FILE_MODE };
    try {
      await Deno.writeFile(this.#path, await bytes.bytes(), options);
    } catch (thrown) {
      await this.#measure();
      throw thrown;
    }
    this.#isCut = false;
    this.#size_bytes = start_bytes;
    for (const row of rows) {
      this.#size_bytes += row.length;
      this.#counted(this.#count + 1);
    }
  }

  /** Line n is the last one, and ends at the size that is known. */
  #counted(n: number): void {
    this.#count = n;
    if (n - (this.#marks.at(-1)?.after ?? 0) < MARK_LINES) return;
    this.#marks.push({ after: n, offset_bytes: this.#size_bytes });
  }

  /** Takes the file's size as it is: more than its whole lines where a write was cut off. */
  async #measure(): Promise<void> {
    const { size } = await Deno.stat(this.#path).catch(absent) ?? { size: 0 };
    this.#isCut = size > this.#size_bytes;
    this.#size_bytes = size;
  }
}

/** The lines of a file from an offset, each with its end; null for what is none. */
async function* linesFrom(
  path: string,
  offset_bytes: number,
): AsyncGenerator<{ line: NumberedLine | null; end_bytes: number }> {
  using file = await Deno.open(path).catch(absent) ?? null;
  if (file === null) return;
  await file.seek(offset_bytes, Deno.SeekMode.Start);
  const buffer = new Uint8Array(READ_BYTES);
  let rest = new Uint8Array(0);
  let end_bytes = offset_bytes;
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    const bytes = new Uint8Array(rest.length + count);
    bytes.set(rest);
    bytes.set(buffer.subarray(0, count), rest.length);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const line = parse(bytes.subarray(start, end));
      end_bytes += end + 1 - start;
      start = end + 1;
      yield { line, end_bytes };
    }
    rest = bytes.slice(start);
  }
}

function parse(bytes: Uint8Array): NumberedLine | null {
  try {
    return Stored.safeParse(JSON.parse(decoder.decode(bytes))).data ?? null;
  } catch {
    return null;
  }
}

function absent(thrown: unknown): undefined {
  if (thrown instanceof Deno.errors.NotFound) return undefined;
  throw thrown;
}
