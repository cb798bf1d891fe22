import { resolve } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { HorizonError } from "../../base/errors.ts";
import { backupInvalid, BackupManifest } from "../../protocol/backup.ts";
import { BackupReader } from "../../protocol/backup_reader.ts";
import { diskError } from "../../store/disk_error.ts";
import { removeIfThere, renameDurably } from "../../store/durable_file.ts";
import { syncFolder } from "../../base/platform.ts";
import { DATA_FORMAT } from "../../store/format.ts";
import { lockFolder } from "../../store/lock.ts";
import { openStore, type Store } from "../../store/store.ts";
import { receiveKey } from "./received_key.ts";
import { SectionReceiver } from "./section_receiver.ts";

export interface RestoreOptions {
  /** Path of the backup. */
  file: string;
  /** The data folder to be; absent or empty. */
  folder: string;
  clock: Clock;
  signal: AbortSignal;
  /** Told of each event that is in place, of how many. */
  onProgress: (seq: number, of: number) => void;
}

/** What was restored. */
export interface Restored {
  node_id: string;
  /** The last event. */
  seq: number;
  /** The epoch that the feed goes on in. */
  epoch: number;
  created_at: number;
  blobs: number;
}

/** The folder beside the target that grows until it is complete. */
const GROWING_SUFFIX = ".restoring";
const LOCK_FILE = "lock";

/**
 * Makes a data folder of a backup: all of it, checked, or nothing. It grows in a folder beside the
 * target, which takes the target's name in one step; what a killed attempt left there is removed by the
 * next. The feed goes on in a new epoch, for what the registry did after the backup is lost. Throws
 * `already_exists` for a folder with anything in it, `not_found` for a file that isn't there,
 * `invalid_input` for a folder in its place, `backup_invalid` with the place, `unsupported_version`,
 * `folder_busy`, `disk_full`, `interrupted`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const folder = resolve(options.folder);
  await checkVacant(folder);
  const growing = folder + GROWING_SUFFIX;
  using file = await openBackup(options.file);
  const reader = new BackupReader(file.readable);
  // Before anything is made: most foreign files end here.
  await reader.begin();
  const lock = await lockFolder(growing, { wait_ms: 0, clock: options.clock });
  try {
    await empty(growing);
    const restored = await grow(reader, growing, options);
    await moveInto(growing, folder);
    return restored;
  } catch (thrown) {
    await removeIfThere(growing);
    throw diskError(thrown, `restoring to ${folder}`);
  } finally {
    lock.release();
    await reader.close();
  }
}

async function openBackup(path: string): Promise<Deno.FsFile> {
  const fix = "Name a file that horizon backup wrote.";
  const file = await Deno.open(path).catch((cause) => {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new HorizonError("not_found", `There is no backup ${path}.`, { fix, cause });
  });
  if (!(await file.stat()).isDirectory) return file;
  file.close();
  throw new HorizonError("invalid_input", `${path} is a folder, not a backup.`, { fix });
}

/** Fills the folder from the sections of the backup, and closes it again. */
async function grow(
  reader: BackupReader,
  growing: string,
  options: RestoreOptions,
): Promise<Restored> {
  const node = await receiveKey(reader, growing);
  const manifest = await readManifest(reader);
  if (manifest.node !== node.id) {
    throw backupInvalid(`its key is ${node.id}, and it is of the registry ${manifest.node}`);
  }
  // The lock is the caller's, until the folder has its name.
  const lock = { folder: growing, release() {} };
  const store = await openStore(growing, { clock: options.clock, lock });
  try {
    const receiver = new SectionReceiver(store, manifest);
    for (let section = await reader.next();; section = await reader.next()) {
      if (options.signal.aborted) throw new HorizonError("interrupted", "Interrupted.");
      if (section.header.kind === "end") {
        await reader.end(section);
        break;
      }
      await receiver.take(section, reader);
      options.onProgress(receiver.seq, manifest.head.seq);
    }
    await receiver.finish();
    return await goOn(store, manifest, receiver.blobs, options.clock);
  } finally {
    await store.close();
  }
}

/**
 * Begins an epoch that no other restore of the same backup begins: the second in which it is made is its
 * number, far above what take-overs reach by counting.
 */
async function goOn(
  store: Store,
  manifest: BackupManifest,
  blobs: number,
  clock: Clock,
): Promise<Restored> {
  const second = Math.floor(clock.now() / 1000);
  await store.journal.beginEpoch(Math.max(manifest.epoch, second));
  const { node: node_id, head: { seq }, created_at } = manifest;
  return { node_id, seq, epoch: store.journal.epoch, created_at, blobs };
}

async function readManifest(reader: BackupReader): Promise<BackupManifest> {
  const section = await reader.next();
  if (section.header.kind !== "manifest") {
    throw backupInvalid(`${section.place} stands where its manifest should`);
  }
  const manifest = await reader.document(section, BackupManifest);
  if (manifest.format === DATA_FORMAT) return manifest;
  const message =
    `The backup is of a data folder of format ${manifest.format}, not ${DATA_FORMAT}.`;
  throw new HorizonError("unsupported_version", message, {
    fix: "Restore it with the version of horizon that wrote it.",
  });
}

async function checkVacant(folder: string): Promise<void> {
  try {
    for await (const _ of Deno.readDir(folder)) throw occupied(folder);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

/** A rename takes the place of an empty folder, and of no other. */
async function moveInto(growing: string, folder: string): Promise<void> {
  await syncFolder(growing);
  await checkVacant(folder);
  await renameDurably(growing, folder);
}

async function empty(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name !== LOCK_FILE) await removeIfThere(`${folder}/${name}`);
  }
}

function occupied(folder: string): HorizonError {
  return new HorizonError("already_exists", `There is something in the data folder ${folder}.`, {
    fix: "Name an empty folder with --data: a restore never writes over data.",
    details: { folder },
  });
}
