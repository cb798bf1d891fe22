import { HorizonError, messageOf } from "../base/errors.ts";

/**
 * What operating systems and SQLite (under Deno KV) say of a disk, a quota or a file that is full.
 * SQLite's "I/O error" is most often the same: no room for the memory that it maps beside its file.
 */
const FULL =
  /disk is full|no space left|quota exceeded|file too large|not enough space|disk I\/O error/i;
/** What SQLite says of a file that is no sound database. */
const SQLITE_CORRUPT = /malformed|not a database|disk image|file is encrypted/i;
/** What Deno KV says of a value in the form of a newer V8. */
const NEWER_VALUE = /could not deserialize value/i;

/**
 * What the failure of a disk operation means: `disk_full`, `data_corrupt` where SQLite says that its
 * file is damaged, `data_newer` for what only a newer Deno can read, else `internal`. `doing` completes "While …". A HorizonError stays as it is.
 */
export function diskError(cause: unknown, doing: string): HorizonError {
  if (cause instanceof HorizonError) return cause;
  const message = messageOf(cause);
  if (FULL.test(message)) {
    return new HorizonError("disk_full", `While ${doing}: the disk is full, or it fails`, {
      fix: "Free space on the disk of the data folder, then start again.",
      cause,
    });
  }
  if (SQLITE_CORRUPT.test(message)) {
    return new HorizonError("data_corrupt", `While ${doing}: ${message}`, {
      fix: "Restore the data folder from a backup.",
      cause,
    });
  }
  if (NEWER_VALUE.test(message)) {
    const what = `it was written under a newer Deno than ${Deno.version.deno}`;
    return new HorizonError("data_newer", `While ${doing}: ${what}`, {
      fix:
        "Open it with the build of Horizon that wrote it; move it to this one by horizon backup " +
        "there, and horizon restore here.",
      cause,
    });
  }
  return new HorizonError("internal", `While ${doing}: ${message}`, { cause });
}
