/** Every key of a registry's Deno KV file. Numbers order as numbers, so a range of seqs is a range of keys. */
export const KEYS = {
  /** The checkpoint of the last commit, as RFC 8785 bytes: what fences a second writer. */
  head: () => ["head"],
  /** The feed's epoch, a number: it changes when a restored folder or a new leader begins another. */
  epoch: () => ["epoch"],
  /** Who leads the processes on a shared store. */
  leader: () => ["leader"],
  /** All parts of all batches, in feed order. */
  feed: () => ["feed"],
  /** All parts of the batch whose first event is `first_seq`. */
  feedBatch: (first_seq: number) => ["feed", first_seq],
  /** One value of a batch: at most `LIMITS.journal_value_bytes` of its byte stream. */
  feedPart: (first_seq: number, part: number) => ["feed", first_seq, part],
  /** How far the archive is a projection of the feed, and of which version. */
  archivePosition: () => ["archive", "position"],
  archivedLease: (lease_id: string) => ["archive", "lease", lease_id],
  archivedJobs: () => ["archive", "job"],
  archivedJob: (job_id: string) => ["archive", "job", job_id],
  archivedAuction: (auction_id: string) => ["archive", "auction", auction_id],
  archivedBid: (bid_id: string) => ["archive", "bid", bid_id],
  archivedProof: (gpu_id: string, seq: number) => ["archive", "proof", gpu_id, seq],
  /** The events with verdicts on a GPU, oldest first. */
  proofsOf: (gpu_id: string) => ["proofs", gpu_id],
  proofPlace: (gpu_id: string, seq: number) => ["proofs", gpu_id, seq],
  /** The prices of a class within an hour, twice: by class, and by hour. */
  classPrices: (chip: string, hour: number) => ["prices", "class", chip, hour],
  hourPrices: (hour: number, chip: string) => ["prices", "hour", hour, chip],
  pricesOfClass: (chip: string) => ["prices", "class", chip],
  allPrices: () => ["prices", "hour"],
  /** All movements of an actor's money, oldest first. */
  history: (actor: string) => ["history", actor],
  /** The n-th movement of an actor's money that event `seq` caused. */
  movement: (actor: string, seq: number, n: number) => ["history", actor, seq, n],
} as const satisfies Record<string, (...parts: never[]) => Deno.KvKey>;
