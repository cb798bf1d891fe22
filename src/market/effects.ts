import type { AuctionView, BidView } from "../protocol/auction.ts";
import type { JobView } from "../protocol/job.ts";
import type { LeaseView } from "../protocol/lease.ts";

/** One side of a movement of money. The postings of an event sum to zero. */
export type Posting =
  | { account: "available" | "held" | "earned"; actor: string; amount_micros: number }
  | { account: "fees" | "issuance"; actor: null; amount_micros: number };

/** What an event changed, for those who keep views of the state. */
export interface Effects {
  postings: Posting[];
  /** Ids of GPUs whose view changed, or that are gone. */
  changed_gpus: string[];
  /** Ids of leases and jobs whose view changed by more than the meter. */
  changed_leases: string[];
  changed_jobs: string[];
  /** Ids of auctions and bids whose view changed. */
  changed_auctions: string[];
  changed_bids: string[];
  /** Last views of what has left memory. */
  archived_leases: LeaseView[];
  archived_jobs: JobView[];
  archived_auctions: AuctionView[];
  archived_bids: BidView[];
}

/** Shared by most events, which change one or two of the lists; frozen, so that none can add to it. */
const NONE: never[] = [];
Object.freeze(NONE);

export function noEffects(): Effects {
  return {
    postings: NONE,
    changed_gpus: NONE,
    changed_leases: NONE,
    changed_jobs: NONE,
    changed_auctions: NONE,
    changed_bids: NONE,
    archived_leases: NONE,
    archived_jobs: NONE,
    archived_auctions: NONE,
    archived_bids: NONE,
  };
}

type ChangedList = Extract<keyof Effects, `changed_${string}`>;

/** Adds the id of what an event changed. */
export function note(effects: Effects, list: ChangedList, id: string): void {
  if (effects[list] === NONE) effects[list] = [id];
  else effects[list].push(id);
}

/** Adds to the movements of money of an event. */
export function addPostings(effects: Effects, postings: readonly Posting[]): void {
  if (effects.postings === NONE) effects.postings = [...postings];
  else effects.postings.push(...postings);
}
