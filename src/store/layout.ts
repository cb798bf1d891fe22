/** What lies in a data folder besides its lock and its format. */
export const JOURNAL_FILE = "journal.kv";
/** The archive of a process on a shared store: a projection of the feed for itself alone. */
export const ARCHIVE_FILE = "archive.kv";
/** Says that the folder's feed lies on a shared store, and where. */
export const SHARED_STORE_FILE = "shared-store.json";
export const SNAPSHOT_FOLDER = "snapshots";
export const BLOB_FOLDER = "blobs";
