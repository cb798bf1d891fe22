import { HorizonError, messageOf } from "../base/errors.ts";

/** Operating-system codes of a disk, a quota or a file-size limit that is exhausted. */
const FULL_CODES = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
/** What SQLite (under Deno KV) says of a full disk, and of a file that is no sound database. */
const SQLITE_FULL = /database or disk is full/i;
const SQLITE_CORRUPT = /malformed|not a database|disk image|file is encrypted/i;

/**
 * What the failure of a disk operation means: `disk_full`, `data_corrupt` where SQLite says that its
 * file is damaged, else `internal`. `doing` completes "While …". A HorizonError stays as it is.
 */
export function diskError(cause: unknown, doing: string): HorizonError {
  if (cause instanceof HorizonError) return cause;
  const message = messageOf(cause);
  if (FULL_CODES.has(codeOf(cause)) || SQLITE_FULL.test(message)) {
    return new HorizonError("disk_full", `While ${doing}: the disk is full`, {
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

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error) || !("code" in cause)) return "";
  return typeof cause.code === "string" ? cause.code : "";
}
