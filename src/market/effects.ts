import type { JobView, LeaseView } from "../protocol/job.ts";

/** One side of a movement of money. The postings of an event sum to zero. */
export type Posting =
  | { account: "available" | "held" | "earned"; actor: string; amount_micros: number }
  | { account: "fees" | "issuance"; actor: null; amount_micros: number };

/** What an event changed, for those who keep views of the state. */
export interface Effects {
  postings: readonly Posting[];
  /** Ids of GPUs whose view changed, or that are gone. */
  changed_gpus: readonly string[];
  /** Ids of leases and jobs whose view changed by more than the meter. */
  changed_leases: readonly string[];
  changed_jobs: readonly string[];
  /** Last views of what has left memory. */
  archived_leases: readonly LeaseView[];
  archived_jobs: readonly JobView[];
}

/** Shared: most events change one or two of the lists, and replay makes millions of them. */
const NONE: readonly never[] = [];

export function noEffects(): Effects {
  return {
    postings: NONE,
    changed_gpus: NONE,
    changed_leases: NONE,
    changed_jobs: NONE,
    archived_leases: NONE,
    archived_jobs: NONE,
  };
}
