/** What lies in a data folder besides its lock and its format. */
export const JOURNAL_FILE = "journal.kv";
export const SNAPSHOT_FOLDER = "snapshots";
export const BLOB_FOLDER = "blobs";
