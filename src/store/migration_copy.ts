import {
  FILE_MODE,
  makePrivateFolder,
  removeIfThere,
  renameDurably,
  TEMPORARY_SUFFIX,
} from "./durable_file.ts";
import { syncFolder } from "../base/platform.ts";
import { JOURNAL_FILE, SNAPSHOT_FOLDER } from "./layout.ts";
import { setMode } from "../base/platform.ts";

/**
 * Copies what a migration may change into a new folder: the journal with its SQLite side files, and
 * the snapshots. Blobs are named by their content and never change. The copy is complete once it has its
 * name; it replaces one that an abandoned migration left.
 */
export async function copyAside(folder: string, backup: string): Promise<void> {
  const temporary = backup + TEMPORARY_SUFFIX;
  await removeIfThere(temporary);
  await copyData(folder, temporary);
  await removeIfThere(backup);
  await renameDurably(temporary, backup);
}

/** Puts a complete copy back over the folder. */
export async function putCopyBack(backup: string, folder: string): Promise<void> {
  await Deno.stat(backup);
  for (const name of await dataFiles(folder)) await removeIfThere(`${folder}/${name}`);
  await removeIfThere(`${folder}/${SNAPSHOT_FOLDER}`);
  await copyData(backup, folder);
}

async function copyData(from: string, to: string): Promise<void> {
  await makePrivateFolder(to);
  for (const name of await dataFiles(from)) await copyFile(`${from}/${name}`, `${to}/${name}`);
  const snapshots = `${from}/${SNAPSHOT_FOLDER}`;
  await makePrivateFolder(`${to}/${SNAPSHOT_FOLDER}`);
  for (const name of await fileNames(snapshots)) {
    await copyFile(`${snapshots}/${name}`, `${to}/${SNAPSHOT_FOLDER}/${name}`);
  }
  await syncFolder(`${to}/${SNAPSHOT_FOLDER}`);
  await syncFolder(to);
}

async function copyFile(from: string, to: string): Promise<void> {
  await Deno.copyFile(from, to);
  const file = await Deno.open(to, { write: true });
  try {
    await setMode(to, FILE_MODE);
    await file.sync();
  } finally {
    file.close();
  }
}

/** The journal and the side files that SQLite names after it. */
async function dataFiles(folder: string): Promise<string[]> {
  return (await fileNames(folder)).filter((name) => name.startsWith(JOURNAL_FILE));
}

async function fileNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) if (entry.isFile) names.push(entry.name);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  return names;
}
