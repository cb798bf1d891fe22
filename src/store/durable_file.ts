import { diskError } from "./disk_error.ts";
import { setMode, syncFolder } from "../base/platform.ts";

/** Modes of what lies in the data folder: for its owner only. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;
/** End of the name of a file that is not complete yet. */
export const TEMPORARY_SUFFIX = ".tmp";

/**
 * Writes a file that is either complete and durable, or not there: a temporary file beside it, fsync,
 * rename, fsync of the folder. Throws `disk_full`; the file that was there before stays.
 */
export async function writeDurably(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = path + TEMPORARY_SUFFIX;
  try {
    const file = await Deno.open(temporary, {
      write: true,
      create: true,
      truncate: true,
      mode: FILE_MODE,
    });
    try {
      for (const part of parts) await writeAll(file, part);
      await file.sync();
    } finally {
      file.close();
    }
    await renameDurably(temporary, path);
  } catch (cause) {
    await removeIfThere(temporary);
    throw diskError(cause, `writing ${path}`);
  }
}

/** Renames a file within one folder, and makes the new name survive a power cut. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await Deno.rename(from, to);
  await syncFolder(to.slice(0, to.lastIndexOf("/")));
}

/** Writes all the bytes: one `write` may take fewer. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

/** Removes a file or a folder with all in it; one that is not there is fine. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

/** Creates a folder (and its parents) that only its owner may enter, or closes an open one to others. */
export async function makePrivateFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: FOLDER_MODE });
  await setMode(path, FOLDER_MODE);
}
