import type { LogKind } from "../protocol/api.ts";
import type { AUCTION_STATES, BID_STATES } from "../protocol/auction.ts";
import type { JobState } from "../protocol/job.ts";
import type { VERDICTS } from "../protocol/gpu.ts";

/** What a listing of GPUs asks for; see `GpuQuery` of the protocol. */
export interface GpuListing {
  where?: string;
  type?: string;
  verdict?: (typeof VERDICTS)[number];
  owner?: string;
  /** Node id of a home registry. */
  home?: string;
  all?: boolean;
  sort?: string;
  limit?: number;
  cursor?: string;
}

/** What a listing of leases or jobs asks for. */
export interface RecordListing {
  actor?: string;
  gpu_id?: string;
  state?: "live" | "ended" | JobState;
  limit?: number;
  cursor?: string;
}

/** What a listing of auctions asks for. */
export interface AuctionListing {
  gpu_id?: string;
  owner?: string;
  state?: (typeof AUCTION_STATES)[number];
  limit?: number;
  cursor?: string;
}

/** What a listing of bids asks for. */
export interface BidListing {
  actor?: string;
  gpu_id?: string;
  auction_id?: string;
  state?: (typeof BID_STATES)[number];
  limit?: number;
  cursor?: string;
}

/** What a listing of prices asks for. */
export interface PriceListing {
  class?: string;
  limit?: number;
}

/** What a listing of movements asks for. */
export interface MoneyListing {
  before?: string;
  limit?: number;
}

/** Which lines of a job's log. */
export interface LogQuery {
  /** Those after this number; from the first one unless given. */
  after?: number;
  /** The last so many of those that are there. */
  tail?: number;
  /** Those that were said at this time or later, in milliseconds since the epoch. */
  since?: number;
  kinds?: readonly LogKind[];
}

/** A selection of lines as the query of a request has it. */
export function logQuery({ kinds, ...rest }: LogQuery): Record<string, number | string> {
  return kinds === undefined ? rest : { ...rest, kinds: kinds.join(",") };
}
