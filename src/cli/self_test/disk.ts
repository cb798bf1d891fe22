import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import type { Context } from "../context.ts";
import { type Check, fail, type Finding, pass, skip, warn } from "./check.ts";

const MIB = 1024 ** 2;
/** Below this a snapshot may not fit any more. */
const MIN_FREE_BYTES = 100 * MIB;
const GOOD_FREE_BYTES = 1024 * MIB;
const SPACE_TIMEOUT_MS = 5_000;

/** Writes of a probe; the middle one counts. */
const WRITES = 5;
const WRITE_BYTES = 4096;
/** Every acknowledged write waits for one of these. */
const GOOD_SYNC_MS = 50;
const WRITE_TIMEOUT_MS = 20_000;
const PRIVATE_MODE = 0o600;

/** The disk under the data folder. */
export function diskChecks(ctx: Context): Check[] {
  return [spaceCheck(ctx), writeCheck(ctx)];
}

function spaceCheck(ctx: Context): Check {
  return {
    id: "disk_space",
    purpose: "room for the feed, snapshots and results of jobs",
    required: `${MIN_FREE_BYTES / MIB} MiB free; ${GOOD_FREE_BYTES / MIB} MiB to go on for long`,
    remedy: "Free space on the disk, or set HORIZON_HOME to a folder on another one.",
    timeout_ms: SPACE_TIMEOUT_MS,
    async run(): Promise<Finding> {
      if (!await exists(ctx.folders.data)) return NO_FOLDER;
      const { bavail, bsize } = await statfs(ctx.folders.data);
      const free_bytes = bavail * bsize;
      const actual = `${Math.floor(free_bytes / MIB)} MiB free`;
      if (free_bytes < MIN_FREE_BYTES) return fail(actual, this.remedy);
      return free_bytes < GOOD_FREE_BYTES ? warn(actual, this.remedy) : pass(actual);
    },
  };
}

function writeCheck(ctx: Context): Check {
  return {
    id: "disk_write",
    purpose: "make every acknowledged write durable",
    required: `write, lock and fsync in the data folder; ${GOOD_SYNC_MS} ms a sync is good`,
    remedy: "Check the folder's permissions, or set HORIZON_HOME to a folder on a local disk.",
    timeout_ms: WRITE_TIMEOUT_MS,
    async run(): Promise<Finding> {
      if (!await exists(ctx.folders.data)) return NO_FOLDER;
      const sync_ms = await probeDisk(ctx.folders.data, ctx.io.clock);
      const actual = `locked, written and synced in ${sync_ms.toFixed(1)} ms`;
      return sync_ms <= GOOD_SYNC_MS
        ? pass(actual)
        : warn(actual, "A faster disk answers sooner: put HORIZON_HOME on a local SSD.");
    },
  };
}

const NO_FOLDER = skip("there is no data folder yet", "Run: horizon init");

/** Milliseconds of the middle one of some durable writes to a locked file, which is then removed. */
async function probeDisk(folder: string, clock: Clock): Promise<number> {
  const path = join(folder, `self-test.${crypto.randomUUID()}.probe`);
  const page = crypto.getRandomValues(new Uint8Array(WRITE_BYTES));
  const times_ms: number[] = [];
  try {
    using file = await Deno.open(path, {
      read: true,
      write: true,
      createNew: true,
      mode: PRIVATE_MODE,
    });
    await file.lock(true);
    for (let i = 0; i < WRITES; i++) {
      const start_ms = clock.monotonic();
      let rest = page.subarray(0);
      while (rest.length > 0) rest = rest.subarray(await file.write(rest));
      await file.syncData();
      times_ms.push(clock.monotonic() - start_ms);
    }
    await checkWritten(path, page);
  } finally {
    await Deno.remove(path).catch(() => undefined);
  }
  return times_ms.sort((a, b) => a - b)[Math.floor(WRITES / 2)] ?? 0;
}

/** Throws where the disk gives back something else than was written. */
async function checkWritten(path: string, page: Uint8Array): Promise<void> {
  const read = await Deno.readFile(path);
  const isSame = read.length === WRITES * page.length &&
    read.every((byte, i) => byte === page[i % page.length]);
  if (!isSame) throw new Error("the disk gives back something else than was written");
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}
