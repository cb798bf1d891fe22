import { HorizonError, messageOf } from "../base/errors.ts";

/**
 * What operating systems and SQLite (under Deno KV) say of a disk, a quota or a file that is full.
 * SQLite's "I/O error" is most often the same: no room for the memory that it maps beside its file.
 */
const FULL =
  /disk is full|no space left|quota exceeded|file too large|not enough space|disk I\/O error/i;
/** What SQLite says of a file that is no sound database. */
const SQLITE_CORRUPT = /malformed|not a database|disk image|file is encrypted/i;

/**
 * What the failure of a disk operation means: `disk_full`, `data_corrupt` where SQLite says that its
 * file is damaged, else `internal`. `doing` completes "While …". A HorizonError stays as it is.
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
  return new HorizonError("internal", `While ${doing}: ${message}`, { cause });
}
