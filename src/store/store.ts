import type { Clock } from "../base/clock.ts";
import { Archive } from "./archive.ts";
import { Blobs } from "./blobs.ts";
import { GroupCommitter, type SignHead } from "./committer.ts";
import { diskError } from "./disk_error.ts";
import { FILE_MODE } from "./durable_file.ts";
import { checkJournalFile } from "./file_check.ts";
import { bringToFormat } from "./format.ts";
import { Journal } from "./journal.ts";
import { BLOB_FOLDER, JOURNAL_FILE, SNAPSHOT_FOLDER } from "./layout.ts";
import { type FolderLock, lockFolder } from "./lock.ts";
import { Snapshots } from "./snapshots.ts";

/** Everything that a registry has on disk. */
export interface Store {
  readonly folder: string;
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly archive: Archive;
  readonly blobs: Blobs;
  /** A committer that goes on from the journal's head; the one before must have ended. */
  committer(sign: SignHead): GroupCommitter;
  /** Waits for the last commit, closes everything and lets the folder go. */
  close(): Promise<void>;
}

/** The way to a KV file by its path. */
export type OpenKv = (path: string) => Promise<Deno.Kv>;

/** How long a command waits for a data folder that another process holds (DESIGN §2). */
export const FOLDER_WAIT_MS = 5_000;

/**
 * Opens a data folder: its lock (unless the caller holds it already, and then hands it over), its
 * format, its files. Throws `folder_busy`, `data_newer`, `data_corrupt` or `disk_full`, and then holds
 * nothing.
 */
export async function openStore(
  folder: string,
  options: { clock: Clock; lock?: FolderLock; wait_ms?: number; openKv?: OpenKv },
): Promise<Store> {
  const { clock, wait_ms = FOLDER_WAIT_MS, openKv = openJournalFile } = options;
  const lock = options.lock ?? await lockFolder(folder, { wait_ms, clock });
  let kv: Deno.Kv | null = null;
  try {
    await bringToFormat(folder);
    kv = await openKv(`${folder}/${JOURNAL_FILE}`);
    return storeOf(lock, kv, {
      journal: await Journal.open(kv),
      archive: await Archive.open(kv),
      snapshots: await Snapshots.open(`${folder}/${SNAPSHOT_FOLDER}`),
      blobs: await Blobs.open(`${folder}/${BLOB_FOLDER}`),
    });
  } catch (cause) {
    kv?.close();
    lock.release();
    throw diskError(cause, `opening the data folder ${folder}`);
  }
}

/**
 * Opens the KV file, always by its path: without one, a compiled binary keeps its data in memory. SQLite
 * gives its side files the mode of the file itself, which is therefore created first. Throws
 * `data_corrupt` for a file that SQLite can't read.
 */
export async function openJournalFile(path: string): Promise<Deno.Kv> {
  const file = await Deno.open(path, { write: true, create: true, mode: FILE_MODE });
  file.close();
  checkJournalFile(path);
  return await Deno.openKv(path);
}

function storeOf(
  lock: FolderLock,
  kv: Deno.Kv,
  parts: Pick<Store, "journal" | "archive" | "snapshots" | "blobs">,
): Store {
  let committer: GroupCommitter | null = null;
  return {
    folder: lock.folder,
    ...parts,
    committer(sign) {
      committer = new GroupCommitter(parts.journal, sign);
      return committer;
    },
    async close() {
      await committer?.idle();
      kv.close();
      lock.release();
    },
  };
}
