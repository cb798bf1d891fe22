import type { Clock } from "../base/clock.ts";
import { Archive } from "./archive.ts";
import { Blobs } from "./blobs.ts";
import { GroupCommitter, type SignHead } from "./committer.ts";
import { diskError } from "./disk_error.ts";
import { FILE_MODE } from "./durable_file.ts";
import { checkJournalFile } from "./file_check.ts";
import { bringToFormat } from "./format.ts";
import { Journal } from "./journal.ts";
import type { KvStore } from "./kv.ts";
import { connectStore } from "./kv_connect/connect.ts";
import { ARCHIVE_FILE, BLOB_FOLDER, JOURNAL_FILE, SNAPSHOT_FOLDER } from "./layout.ts";
import { LeaderLease } from "./leader_lease.ts";
import { type FolderLock, lockFolder } from "./lock.ts";
import { checkWhereFeedLies, type SharedStoreOptions } from "./shared_store.ts";
import { Snapshots } from "./snapshots.ts";

/** Everything that a registry keeps: on disk, and on a shared store where it has one. */
export interface Store {
  readonly folder: string;
  /** Where blobs and other files lie: in the folder, or in the one that all processes share. */
  readonly files_folder: string;
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly archive: Archive;
  readonly blobs: Blobs;
  /** Who of the processes on a shared store leads; null for a store of one process. */
  readonly lease: LeaderLease | null;
  /** A committer that goes on from the journal's head; the one before must have ended. */
  committer(sign: SignHead): GroupCommitter;
  /** Waits for the last commit, closes everything and lets the folder go. */
  close(): Promise<void>;
}

/** The way to a KV file by its path. */
export type OpenKv = (path: string) => Promise<Deno.Kv>;

/** How long a command waits for a data folder that another process holds (DESIGN §2). */
export const FOLDER_WAIT_MS = 5_000;

/** How a store is opened. */
export interface StoreOptions {
  clock: Clock;
  /** The folder's lock, if the caller holds it already; it is handed over. */
  lock?: FolderLock;
  wait_ms?: number;
  /** The journal lies there; archive and snapshots stay this process's own, in its folder. */
  shared?: SharedStoreOptions;
  /** The way to the folder's KV files; without it, SQLite's. */
  openKv?: OpenKv;
}

/**
 * Opens a data folder: its lock, its format, its files, and the journal in it or on a shared store.
 * Throws `folder_busy`, `data_newer`, `data_corrupt`, `disk_full`, `store_unreachable` or
 * `store_refused`, and then holds nothing.
 */
export async function openStore(folder: string, options: StoreOptions): Promise<Store> {
  const { clock, shared, wait_ms = FOLDER_WAIT_MS, openKv = openJournalFile } = options;
  const lock = options.lock ?? await lockFolder(folder, { wait_ms, clock });
  const opened: { close(): void }[] = [];
  try {
    const remote = shared === undefined ? null : await connectStore(shared.address);
    if (remote !== null) opened.push(remote);
    await checkWhereFeedLies(folder, shared?.address.url ?? null);
    await bringToFormat(folder);
    const local = await openKv(
      `${folder}/${remote === null ? JOURNAL_FILE : ARCHIVE_FILE}`,
    );
    opened.push(local);
    const shared_folder = shared?.files_folder ?? null;
    const files_folder = shared_folder ?? folder;
    const writer = shared_folder === null ? null : shared?.holder ?? null;
    return storeOf(lock, opened, {
      files_folder,
      journal: await Journal.open(remote ?? local),
      archive: await Archive.open(local),
      snapshots: await Snapshots.open(`${folder}/${SNAPSHOT_FOLDER}`),
      blobs: await Blobs.open(`${files_folder}/${BLOB_FOLDER}`, { writer, clock }),
      lease: leaseOf(remote, shared, clock),
    });
  } catch (cause) {
    for (const kv of opened) kv.close();
    lock.release();
    throw diskError(cause, `opening the data folder ${folder}`);
  }
}

function leaseOf(
  remote: KvStore | null,
  shared: SharedStoreOptions | undefined,
  clock: Clock,
): LeaderLease | null {
  return remote === null || shared === undefined
    ? null
    : new LeaderLease(remote, clock, { holder: shared.holder });
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
  opened: readonly { close(): void }[],
  parts: Pick<Store, "files_folder" | "journal" | "archive" | "snapshots" | "blobs" | "lease">,
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
      for (const kv of opened) kv.close();
      lock.release();
    },
  };
}
