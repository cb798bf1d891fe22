import type { AuctionView, BidView } from "../protocol/auction.ts";
import type { JobView, LeaseView } from "../protocol/job.ts";

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

export function noEffects(): Effects {
  return {
    postings: [],
    changed_gpus: [],
    changed_leases: [],
    changed_jobs: [],
    changed_auctions: [],
    changed_bids: [],
    archived_leases: [],
    archived_jobs: [],
    archived_auctions: [],
    archived_bids: [],
  };
}
