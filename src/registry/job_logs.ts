import { TextLineStream } from "@std/streams/text-line-stream";
import type * as z from "zod";
import { type LogLine, LogPage } from "../protocol/api.ts";
import { LIMITS } from "../protocol/limits.ts";
import { JOB_LOG_SUFFIX } from "../store/layout.ts";
import type { SseMessage } from "./streams.ts";

type NumberedLine = LogPage["lines"][number];
const Stored = LogPage.shape.lines.element satisfies z.ZodType<NumberedLine>;

/** What ends the following of a log. */
export interface LogEnd {
  signal: AbortSignal;
  /** True once the job writes no more. */
  isOver(): boolean;
  /** Calls `wake` when that may have changed or the signal is aborted, until the result is called. */
  whenOver(wake: () => void): () => void;
}

interface JobLog {
  path: string;
  /** Lines in the file. */
  count: number;
  /** Writes follow one another. */
  last_write: Promise<void>;
  /** Called after each write. */
  wake: Set<() => void>;
}

/** Logs whose length is remembered; a forgotten one is counted again. */
const MAX_REMEMBERED = 1_024;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The logs of jobs: one bounded JSONL file each. What comes after the bound is dropped. */
export class JobLogs {
  readonly #folder: string;
  readonly #logs = new Map<string, Promise<JobLog>>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** The logs of a folder, which is created where it is missing. */
  static async open(folder: string): Promise<JobLogs> {
    await Deno.mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    return new JobLogs(folder);
  }

  /** Forgets how long the logs are: another process may have written them. */
  recount(): void {
    this.#logs.clear();
  }

  /** Adds lines to a job's log, up to its bound. */
  async append(job_id: string, lines: readonly LogLine[]): Promise<void> {
    const log = await this.#log(job_id);
    const room = Math.max(0, LIMITS.job_log_lines - log.count);
    const numbered = lines.slice(0, room).map((line) => ({ n: ++log.count, ...line }));
    if (numbered.length === 0) return;
    const text = numbered.map((line) => JSON.stringify(line) + "\n").join("");
    const options = { append: true, create: true, mode: FILE_MODE };
    log.last_write = log.last_write.then(() => Deno.writeTextFile(log.path, text, options));
    await log.last_write;
    for (const wake of log.wake) wake();
  }

  /** The lines after the n-th, at most `limit`. */
  async read(job_id: string, after: number, limit: number): Promise<NumberedLine[]> {
    const { path, count } = await this.#log(job_id);
    if (after >= count) return [];
    const lines: NumberedLine[] = [];
    for await (const line of linesOf(path)) {
      if (line.n > after) lines.push(line);
      if (lines.length === limit) break;
    }
    return lines;
  }

  /** The lines after the n-th, as they come, until the job is over or the signal is aborted. */
  async *follow(job_id: string, after: number, until: LogEnd): AsyncGenerator<SseMessage> {
    const { wake } = await this.#log(job_id);
    let position = after;
    while (!until.signal.aborted) {
      const changed = Promise.withResolvers<void>();
      wake.add(changed.resolve);
      const stopWaiting = until.whenOver(changed.resolve);
      try {
        const isOver = until.isOver();
        const lines = await this.read(job_id, position, LIMITS.job_log_batch_lines);
        for (const line of lines) {
          yield { id: line.n, data: JSON.stringify(line) };
          position = line.n;
        }
        if (lines.length > 0) continue;
        if (isOver) return;
        await changed.promise;
      } finally {
        wake.delete(changed.resolve);
        stopWaiting();
      }
    }
  }

  #log(job_id: string): Promise<JobLog> {
    const known = this.#logs.get(job_id);
    if (known !== undefined) return known;
    if (this.#logs.size >= MAX_REMEMBERED) this.#logs.delete(this.#logs.keys().next().value ?? "");
    const log = openLog(`${this.#folder}/${job_id}${JOB_LOG_SUFFIX}`);
    this.#logs.set(job_id, log);
    return log;
  }
}

async function openLog(path: string): Promise<JobLog> {
  let count = 0;
  for await (const { n } of linesOf(path)) count = n;
  return { path, count, last_write: Promise.resolve(), wake: new Set() };
}

/** The lines of a log; one that a crash has cut is passed over. */
async function* linesOf(path: string): AsyncGenerator<NumberedLine> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return;
    throw thrown;
  }
  const lines = file.readable.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  for await (const line of lines) {
    const parsed = Stored.safeParse(parse(line));
    if (parsed.success) yield parsed.data;
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
