import { DatabaseSync } from "node:sqlite";
import { HorizonError } from "../base/errors.ts";
import { diskError } from "./disk_error.ts";

/**
 * Checks that the pages of the journal's SQLite file hang together, before Deno KV opens it: on a
 * damaged file Deno KV ends the whole process. Reads the file once (0.4 s a gigabyte here). Throws
 * `data_corrupt` or `disk_full`.
 */
export function checkJournalFile(path: string): void {
  let found: string;
  try {
    found = quickCheck(path);
  } catch (cause) {
    throw diskError(cause, `checking ${path}`);
  }
  if (found === "ok") return;
  throw new HorizonError("data_corrupt", `While checking ${path}: ${found.trim()}`, {
    fix: "Restore the data folder from a backup.",
  });
}

/** What SQLite's quick check says first: "ok", or where the file is broken. */
function quickCheck(path: string): string {
  using database = new DatabaseSync(path);
  const row = database.prepare("PRAGMA quick_check(1)").get();
  return String(row?.["quick_check"]);
}
