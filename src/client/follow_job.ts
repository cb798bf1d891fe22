import { HorizonError } from "../base/errors.ts";
import type { Client, NumberedLine } from "./client.ts";
import type { LogQuery } from "./queries.ts";
import { AWAY_CODES } from "../protocol/codes.ts";
import type { JobView } from "../protocol/job.ts";

/** How long a follower waits for a registry that went away. */
const PATIENCE_MS = 60_000;
/** Between two looks at a registry that is away, or whose stream ended early. */
const RETRY_MS = 500;

/** How to follow. */
export interface FollowOptions {
  onLine: (line: NumberedLine) => void;
  signal: AbortSignal;
  /** How long the registry may be away; a minute unless given. */
  patience_ms?: number;
  /** Which lines; all of them unless given. */
  selection?: LogQuery;
}

/**
 * Follows a job to its end, each line of its log to `onLine` once and in order. Survives a registry
 * that restarts. Throws `interrupted` when the signal aborts, `network` and the like once the
 * patience is over, or what the registry refuses.
 */
export async function followJob(
  client: Client,
  job_id: string,
  options: FollowOptions,
): Promise<JobView> {
  const { signal, onLine, patience_ms = PATIENCE_MS } = options;
  let selection = options.selection ?? {};
  let heard_ms = performance.now();
  const take = (line: NumberedLine) => {
    heard_ms = performance.now();
    if (line.n <= (selection.after ?? 0)) return;
    // What comes next is not the tail of what there was.
    const { tail: _, ...rest } = selection;
    selection = { ...rest, after: line.n };
    onLine(line);
  };
  while (true) {
    try {
      for await (const line of client.followJobLogs(job_id, selection, signal)) take(line);
    } catch (thrown) {
      if (signal.aborted) throw interrupted(thrown);
      // A session that the registry forgot is renewed by the next request, which is not a stream.
      if (!mayPass(thrown) && !isForgotten(thrown)) throw thrown;
    }
    try {
      const job = await client.job(job_id);
      heard_ms = performance.now();
      if (job.ended_at !== null) {
        for await (const line of allLines(client, job_id, selection)) take(line);
        return job;
      }
    } catch (thrown) {
      if (signal.aborted) throw interrupted(thrown);
      if (!mayPass(thrown) || performance.now() - heard_ms >= patience_ms) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** The lines of a selection that are there now, page by page. */
export async function* allLines(
  client: Client,
  job_id: string,
  selection: LogQuery,
): AsyncGenerator<NumberedLine> {
  let { lines } = await client.jobLogs(job_id, selection);
  const { tail: _, ...rest } = selection;
  while (lines.length > 0) {
    yield* lines;
    const after = lines.at(-1)?.n ?? 0;
    ({ lines } = await client.jobLogs(job_id, { ...rest, after }));
  }
}

function mayPass(thrown: unknown): boolean {
  return thrown instanceof HorizonError && AWAY_CODES.has(thrown.code);
}

function isForgotten(thrown: unknown): boolean {
  return thrown instanceof HorizonError && thrown.code === "session_invalid";
}

function interrupted(cause: unknown): HorizonError {
  if (cause instanceof HorizonError && cause.code === "interrupted") return cause;
  return new HorizonError("interrupted", "Interrupted.", { cause });
}
