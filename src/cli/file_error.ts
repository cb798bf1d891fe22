import { HorizonError } from "../base/errors.ts";

/** What an operating system says of a disk or a quota that is full. */
const FULL: ReadonlySet<unknown> = new Set(["EDQUOT", "EFBIG", "ENOSPC"]);
/** What it says of a file or folder that can't be used as it is. */
const UNUSABLE: ReadonlySet<unknown> = new Set([
  "EACCES",
  "EEXIST",
  "EIO",
  "EISDIR",
  "ELOOP",
  "EMFILE",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOTDIR",
  "EPERM",
  "EROFS",
]);

/** What the file system refused, by its stable code (`disk_full`, `file_error`); else null. */
export function fileError(thrown: unknown): HorizonError | null {
  if (!(thrown instanceof Error)) return null;
  const code: unknown = Reflect.get(thrown, "code");
  if (FULL.has(code)) {
    return new HorizonError("disk_full", thrown.message, {
      cause: thrown,
      fix: "Free space on the disk, or set HORIZON_HOME to a folder on another one.",
    });
  }
  if (!UNUSABLE.has(code)) return null;
  return new HorizonError("file_error", thrown.message, {
    cause: thrown,
    fix: "Check the path and its permissions.",
  });
}
