import type { LogKind, LogLine } from "../protocol/api.ts";
import { LIMITS } from "../protocol/limits.ts";
import { removeIfThere } from "../store/durable_file.ts";
import { JOB_LOG_SUFFIX } from "../store/layout.ts";
import { LogFile, type NumberedLine } from "./log_file.ts";
import type { SseMessage } from "./streams.ts";

/** What ends the following of a log. */
export interface LogEnd {
  signal: AbortSignal;
  /** True once the job writes no more. */
  isOver(): boolean;
  /** Calls `wake` when that may have changed or the signal is aborted, until the result is called. */
  whenOver(wake: () => void): () => void;
}

/** Which lines of a log. */
export interface LogSelection {
  /** Those with a higher number. */
  after: number;
  /** The last so many of those that are there. */
  tail?: number | undefined;
  /** Those that were said at this time or later, in milliseconds since the epoch. */
  since?: number | undefined;
  /** Those of these kinds; all unless given. */
  kinds?: readonly LogKind[] | undefined;
}

/** Logs whose length is remembered; a forgotten one is counted again. */
const MAX_REMEMBERED = 1_024;
const FOLDER_MODE = 0o700;

/** The logs of jobs: one bounded JSONL file each. What comes after the bound is dropped. */
export class JobLogs {
  readonly #folder: string;
  readonly #logs = new Map<string, Promise<LogFile>>();

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
    await (await this.#log(job_id)).append(lines);
  }

  /** The first lines of a selection, as many as one page holds. */
  async read(job_id: string, selection: LogSelection): Promise<NumberedLine[]> {
    const log = await this.#log(job_id);
    return (await readPage(log, await startOf(log, selection), selection)).lines;
  }

  /** The lines of a selection, as they come, until the job is over or the signal is aborted. */
  async *follow(
    job_id: string,
    selection: LogSelection,
    until: LogEnd,
  ): AsyncGenerator<SseMessage> {
    const log = await this.#log(job_id);
    using _ = log.use();
    let after = await startOf(log, selection);
    while (!until.signal.aborted) {
      const changed = Promise.withResolvers<void>();
      log.wake.add(changed.resolve);
      const stopWaiting = until.whenOver(changed.resolve);
      try {
        const isOver = until.isOver();
        const page = await readPage(log, after, selection);
        for (const line of page.lines) yield { id: line.n, data: JSON.stringify(line) };
        const isNews = page.read_to > after;
        after = page.read_to;
        if (isNews) continue;
        if (isOver) return;
        await changed.promise;
      } finally {
        log.wake.delete(changed.resolve);
        stopWaiting();
      }
    }
  }

  /** Removes the logs that nobody has written to since a time, of those jobs whose time is over. */
  async expire(before_ms: number, isOver: (job_id: string) => Promise<boolean>): Promise<void> {
    for await (const { name } of Deno.readDir(this.#folder)) {
      if (!name.endsWith(JOB_LOG_SUFFIX)) continue;
      const { mtime } = await Deno.stat(`${this.#folder}/${name}`);
      const job_id = name.slice(0, -JOB_LOG_SUFFIX.length);
      if (mtime === null || mtime.getTime() >= before_ms || !await isOver(job_id)) continue;
      this.#logs.delete(job_id);
      await removeIfThere(`${this.#folder}/${name}`);
    }
  }

  async #log(job_id: string): Promise<LogFile> {
    const known = this.#logs.get(job_id);
    if (known !== undefined) return await known;
    await this.#forgetOne();
    const log = this.#logs.get(job_id) ??
      LogFile.open(`${this.#folder}/${job_id}${JOB_LOG_SUFFIX}`);
    this.#logs.set(job_id, log);
    log.catch(() => this.#logs.delete(job_id));
    return await log;
  }

  /** Makes room for another log: the oldest goes that nobody writes or follows. */
  async #forgetOne(): Promise<void> {
    if (this.#logs.size < MAX_REMEMBERED) return;
    for (const [job_id, log] of this.#logs) {
      if ((await log).isBusy) continue;
      this.#logs.delete(job_id);
      return;
    }
  }
}

/** The first wanted lines after a number, and the number of the last line that was looked at. */
async function readPage(
  log: LogFile,
  after: number,
  selection: LogSelection,
): Promise<{ lines: NumberedLine[]; read_to: number }> {
  const isWanted = wanted(selection);
  const lines: NumberedLine[] = [];
  let read_to = after;
  let page_chars = 0;
  for await (const line of log.lines(after)) {
    read_to = line.n;
    if (!isWanted(line)) continue;
    lines.push(line);
    page_chars += line.text.length;
    if (lines.length === LIMITS.page_max || page_chars > LIMITS.job_log_page_chars) break;
  }
  return { lines, read_to };
}

function wanted({ since = -Infinity, kinds }: LogSelection): (line: NumberedLine) => boolean {
  const known = kinds === undefined ? null : new Set(kinds);
  return ({ at, kind }) => at >= since && (known === null || known.has(kind));
}

async function startOf(log: LogFile, selection: LogSelection): Promise<number> {
  const { after, tail } = selection;
  if (tail === undefined) return after;
  return Math.max(after, await log.beforeLast(tail, wanted(selection)));
}
