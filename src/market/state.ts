import type { AuctionView, BidView } from "../protocol/auction.ts";
import type { AdapterInfo, GpuView, Performance, Verdict } from "../protocol/gpu.ts";
import type { Settings } from "../protocol/intent.ts";
import type {
  JobFailover,
  JobKind,
  JobLimits,
  JobRetry,
  JobState,
  JobStatement,
  Side,
} from "../protocol/job.ts";
import type { LeaseView } from "../protocol/lease.ts";
import { ArchiveQueue } from "./archive_queue.ts";
import { Deadlines } from "./deadlines.ts";
import { GpuQueue } from "./gpu_queue.ts";
import type { IndexOfSets } from "./index_sets.ts";
import { IntentMemory } from "./intent_memory.ts";
import type { Counters } from "./reputation.ts";
import { RestingBids } from "./resting_bids.ts";

/** A GPU of this registry. */
export interface Gpu {
  readonly gpu_id: string;
  readonly owner: string;
  readonly gpu_type: string;
  readonly vram_gb: number;
  price_micros_per_hour: number;
  readonly adapter: AdapterInfo;
  readonly performance: Performance;
  /** Kinds of jobs that its provider runs. */
  kinds: JobKind[];
  status: GpuView["status"];
  verdict: Verdict | null;
  /** When a proof last held: verified, or software. */
  proven_at: number | null;
  readonly registered_at: number;
  /** Which of its homes this one is, from 1. */
  readonly home_epoch: number;
  /** Whether its last good verdict has grown too old to list it. */
  expired: boolean;
  /** When its move is over, and the event that began it; null unless it is moving. */
  arrival: Arrival | null;
  /** Whether its provider answers; `isOnline` says what counts. */
  online: boolean;
  /** Its live lease. */
  lease_id: string | null;
  /** Its auction that is open or closed. */
  auction_id: string | null;
  /** The complaint that its next verdict answers. */
  complaint: Complaint | null;
  /** Complaints of the last while before the latest, which limit further ones; the earliest first. */
  complaints: { readonly actor: string; readonly at: number }[];
  /** What its reputation is counted from. */
  readonly counters: Counters;
  /** Up to when its time is in them; null while this market counts none. */
  counted_at: number | null;
}

/** A renter's wish that a GPU prove itself, with the fee that is held for it. */
export interface Complaint {
  readonly actor: string;
  readonly fee_micros: number;
  readonly at: number;
  /** The event that it was made by. */
  readonly seq: number;
}

/** The wait of a GPU whose old home is gone. */
export interface Arrival {
  at: number;
  /** When and by which event it began. */
  readonly began_at: number;
  readonly seq: number;
  /** The old home. */
  readonly from: string;
}

/** A GPU that has left for another home. */
export interface Departure {
  readonly gpu_id: string;
  readonly owner: string;
  readonly to: string;
  readonly home_epoch: number;
  readonly left_at: number;
  /** The event that it left by. */
  readonly seq: number;
}

/** A lease; ended ones stay until they are archived. */
export interface Lease {
  readonly lease_id: string;
  readonly gpu_id: string;
  readonly renter: string;
  readonly owner: string;
  readonly price_micros_per_hour: number;
  duration_s: number;
  /** Held for it from opening to end. */
  hold_micros: number;
  state: LeaseView["state"];
  reason: string | null;
  readonly started_at: number;
  ends_at: number;
  ended_at: number | null;
  /** The event that ended it. */
  ended_seq: number | null;
  /** Billable time up to `meter_from`. */
  metered_ms: number;
  /** Since when the meter runs; null while it stands. */
  meter_from: number | null;
  /** When the lease ends unless its GPU is back by then; null while it is online. */
  offline_until: number | null;
  cost_micros: number;
}

/** A job; ended ones stay until they are archived. */
export interface Job {
  readonly job_id: string;
  lease_id: string;
  gpu_id: string;
  readonly renter: string;
  provider: string;
  readonly kind: JobKind;
  state: JobState;
  reason: string | null;
  side: Side | null;
  attempt: number;
  readonly bundle: string;
  result: string | null;
  readonly limits: JobLimits;
  readonly retry: JobRetry;
  readonly priority: number;
  /** Undefined for a job of a version that knew none: its attempts may go back to where they failed. */
  readonly failover?: JobFailover | null | undefined;
  /** Hash of the manifest of its last checkpoint. */
  checkpoint: string | null;
  /** GPUs that it goes back to never. */
  readonly failed_on: string[];
  readonly statements: JobStatement[];
  readonly submitted_at: number;
  started_at: number | null;
  /** When a running job counts as lost. */
  overdue_at: number | null;
  ended_at: number | null;
  /** The event that ended it. */
  ended_seq: number | null;
}

/** An auction; one that is over stays until it is archived. */
export interface Auction extends AuctionView {
  /** How much bidding time a late bid of an English auction leaves. */
  readonly soft_close_ms: number;
  /** Times that it was extended. */
  extensions: number;
  /** The highest bid of an English auction so far. */
  best_bid_id: string | null;
  /** The event that ended it. */
  ended_seq: number | null;
}

/**
 * A bid; ended ones stay until they are archived. `hold_micros` is what it holds now, `price` of a
 * sealed one null until it is opened.
 */
export interface Bid extends BidView {
  /** The event that ended it. */
  ended_seq: number | null;
}

/** An actor's money, in micro-dollars; none is ever negative. */
export interface Account {
  available_micros: number;
  held_micros: number;
  earned_micros: number;
}

/**
 * The whole market after the event `seq`. Only `evolve` changes it. All that is derived from the
 * records (`deadlines` and all after it) is rebuilt by `deserialize` or at its first use.
 */
export interface MarketState {
  seq: number;
  /** Time of the last event. */
  at: number;
  /** The registry's node id; empty before genesis. */
  node: string;
  settings: Settings;
  readonly gpus: Map<string, Gpu>;
  /** GPUs that have left, the earliest first: at most `LIMITS.departures`. */
  readonly departures: Map<string, Departure>;
  readonly leases: Map<string, Lease>;
  readonly jobs: Map<string, Job>;
  readonly auctions: Map<string, Auction>;
  readonly bids: Map<string, Bid>;
  readonly accounts: Map<string, Account>;
  /** What the reputations of owners are counted from. */
  readonly owners: Map<string, Counters>;
  fees_micros: number;
  /** What was credited from outside, negative: the sum of all else. */
  issuance_micros: number;
  readonly intents: IntentMemory;
  readonly deadlines: Deadlines;
  /** Ended leases, jobs, auctions and bids in the order of their ends. */
  readonly archivable: ArchiveQueue;
  /** GPUs that their best resting bid may be able to have now, or that may be on auction. */
  readonly matches: GpuQueue;
  /** Number of GPUs of each owner. */
  readonly gpu_counts: Map<string, number>;
  /** Live leases of each renter. */
  readonly live_leases: IndexOfSets;
  /** Unfinished jobs of each lease that has some. */
  readonly open_jobs: IndexOfSets;
  /** Bids that rest on one GPU. */
  readonly resting: RestingBids;
  /** Class orders that rest. */
  readonly orders: Set<string>;
  /** Bids that stand in each auction that is open or closed and has some. */
  readonly auction_bids: IndexOfSets;
  /** Bids of each actor that rest or stand in an auction. */
  readonly open_bids: IndexOfSets;
}

/** The state before genesis. */
export function emptyState(): MarketState {
  return {
    seq: 0,
    at: 0,
    node: "",
    settings: {
      mode: "served",
      allow_software: false,
      welcome_credit_micros: 0,
      fee_bps: 0,
      offline_grace_ms: 0,
    },
    gpus: new Map(),
    departures: new Map(),
    leases: new Map(),
    jobs: new Map(),
    auctions: new Map(),
    bids: new Map(),
    accounts: new Map(),
    owners: new Map(),
    fees_micros: 0,
    issuance_micros: 0,
    intents: new IntentMemory(),
    deadlines: new Deadlines(),
    archivable: new ArchiveQueue(),
    matches: new GpuQueue(),
    gpu_counts: new Map(),
    live_leases: new Map(),
    open_jobs: new Map(),
    resting: new RestingBids(),
    orders: new Set(),
    auction_bids: new Map(),
    open_bids: new Map(),
  };
}

/** Whether a GPU counts as online: on the embedded registry every one does. */
export function isOnline(state: MarketState, gpu: Gpu): boolean {
  return gpu.online || state.settings.mode === "embedded";
}

/** Whether a GPU can be had now: listed, online, and neither leased nor on auction. */
export function isFree(state: MarketState, gpu: Gpu): boolean {
  return gpu.status === "listed" && gpu.lease_id === null && gpu.auction_id === null &&
    isOnline(state, gpu);
}
