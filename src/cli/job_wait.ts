import { HorizonError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { LogLine } from "../protocol/api.ts";
import type { JobView } from "../protocol/job.ts";
import { connect, type Connection, registryUrl } from "./connect.ts";
import type { Context } from "./context.ts";
import { homesOf } from "./homes.ts";
import { followJob } from "../client/follow_job.ts";
import { JobLive } from "./job_live.ts";
import { fetchResults, type SavedOutput } from "./job_results.ts";

/** How a job ended, and what it brought. */
export interface FinishedJob {
  job: JobView;
  outputs: SavedOutput[];
}

/**
 * Waits for a job's end, showing its log, and fetches its outputs into a folder. On a data folder the
 * process that holds it may end before the job does: then this one takes over.
 */
export async function waitForJob(
  ctx: Context,
  first: Connection,
  gpu_id: string,
  job_id: string,
  folder: string,
): Promise<FinishedJob> {
  const isOnFolder = await registryUrl(ctx) === null;
  const finish = (connection: Connection) =>
    finishOn(ctx, connection, { gpu_id, job_id, folder, isOnFolder });
  await using later = new AsyncDisposableStack();
  let connection = first;
  while (true) {
    try {
      return await finish(connection);
    } catch (thrown) {
      if (!isOnFolder || connection.embedded || !isAway(thrown)) throw thrown;
      connection = later.use(await connect(ctx, { long: true, graceful: true }));
    }
  }
}

interface Waiting {
  gpu_id: string;
  job_id: string;
  folder: string;
  isOnFolder: boolean;
}

/**
 * The job's end at one registry. On the registry inside this process nobody else provides, so the
 * provider runs here for as long as the job takes.
 */
async function finishOn(
  ctx: Context,
  connection: Connection,
  { gpu_id, job_id, folder, isOnFolder }: Waiting,
): Promise<FinishedJob> {
  const { client } = connection;
  const live = new JobLive(ctx, client, job_id);
  const options = {
    onLine: (line: LogLine) => live.show(line),
    signal: ctx.signal,
    ...(isOnFolder && ctx.home === undefined ? { patience_ms: 0 } : {}),
  };
  const follow = () => followJob(client, job_id, options).finally(() => live.close());
  const job = connection.embedded
    ? await provideAndFollow(ctx, connection, gpu_id, job_id, follow)
    : await follow();
  const outputs = job.result === null ? [] : await fetchResults(client, job, folder);
  return { job, outputs };
}

/** An interruption cancels the job, which nobody is left to run. */
async function provideAndFollow(
  ctx: Context,
  connection: Connection,
  gpu_id: string,
  job_id: string,
  follow: () => Promise<JobView>,
): Promise<JobView> {
  const { provideDuring } = await import("../provider/provide_during.ts");
  const { client } = connection;
  const homes = await homesOf(ctx, connection);
  const options = { client, clock: ctx.io.clock, unjailed: false, gpus: [gpu_id], homes };
  return await provideDuring(options, async () => {
    try {
      return await follow();
    } catch (thrown) {
      if (ctx.signal.aborted && await isCancelled(client, job_id)) {
        ctx.out.note(`${job_id} is cancelled, since its provider ends with this command.`);
      }
      throw thrown;
    }
  });
}

/** True if the job could be cancelled. */
async function isCancelled(client: Client, job_id: string): Promise<boolean> {
  return await client.submit("job.cancel", { job_id }).then(() => true, () => false);
}

function isAway(thrown: unknown): boolean {
  return thrown instanceof HorizonError && thrown.code === "network";
}
