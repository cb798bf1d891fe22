import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import { FILE_MODE, makePrivateFolder } from "./durable_file.ts";

/** The right to use a data folder: one process at a time has it. */
export interface FolderLock {
  readonly folder: string;
  /** Lets the next one in. The operating system does the same when the process dies. */
  release(): void;
}

/** How often a waiting process tries again. */
const RETRY_MS = 25;
const LOCK_FILE = "lock";

/**
 * Takes the operating system's exclusive lock of a data folder, which is created (mode 0700) where it
 * is missing. Tries for `wait_ms`, then throws `folder_busy`. The lock file stays when the lock is
 * gone: its presence means nothing.
 */
export async function lockFolder(
  folder: string,
  options: { wait_ms: number; clock: Clock },
): Promise<FolderLock> {
  await makePrivateFolder(folder);
  const file = await Deno.open(`${folder}/${LOCK_FILE}`, {
    write: true,
    create: true,
    mode: FILE_MODE,
  });
  const deadline = options.clock.monotonic() + options.wait_ms;
  try {
    while (!await file.tryLock(true)) {
      if (options.clock.monotonic() >= deadline) throw busy(folder, options.wait_ms);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  } catch (thrown) {
    file.close();
    throw thrown;
  }
  let held = true;
  return {
    folder,
    release() {
      if (held) file.close();
      held = false;
    },
  };
}

function busy(folder: string, wait_ms: number): HorizonError {
  return new HorizonError("folder_busy", `Another process holds the data folder ${folder}`, {
    fix: "Wait for it to end, or use another folder (HORIZON_HOME).",
    details: { folder, waited_ms: wait_ms },
  });
}
