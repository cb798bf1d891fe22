/** What lies in a data folder besides its lock, its format and the registry's key. */
export const JOURNAL_FILE = "journal.kv";
/** The archive of a process on a shared store: a projection of the feed for itself alone. */
export const ARCHIVE_FILE = "archive.kv";
/** Says that the folder's feed lies on a shared store, and where. */
export const SHARED_STORE_FILE = "shared-store.json";
export const SNAPSHOT_FOLDER = "snapshots";
export const BLOB_FOLDER = "blobs";
/** The latest proof answer of each GPU. */
export const PROOF_FOLDER = "proofs";
export const JOB_LOG_FOLDER = "job-logs";
/** Openings of sealed bids, by auction. */
export const OPENING_FOLDER = "sealed-bids";
/** The peers of a registry, and what shows that one of them has lied. */
export const PEERS_FILE = "peers.json";
export const EVIDENCE_FOLDER = "evidence";
/** How the names of their files end, after a GPU, a job, an auction. */
export const PROOF_SUFFIX = ".answer";
export const DISPUTE_SUFFIX = ".disputed";
export const JOB_LOG_SUFFIX = ".jsonl";
export const OPENING_SUFFIX = ".openings";
export const EVIDENCE_SUFFIX = ".json";
