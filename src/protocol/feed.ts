import type { AuctionFormat, BidOpening } from "./auction.ts";
import type { Envelope, IntentBody, Settings } from "./intent.ts";
import type { JobKind, Side } from "./job.ts";

/** Version of the wire protocol, of the rules of the market, and the network's name. */
export const PROTOCOL_VERSION = 1;
export const RULES_VERSION = 1;
export const NETWORK = "horizon-1";

/** A lease that a bid became. */
export interface LeaseOpening {
  lease_id: string;
  gpu_id: string;
  price_micros_per_hour: number;
  hold_micros: number;
  ends_at: number;
}

/** A lease that a job's failover rented. */
export interface FailoverLease extends LeaseOpening {
  duration_s: number;
}

/** A bid's share of a clearing. */
export interface Fill {
  bid_id: string;
  leases: LeaseOpening[];
}

/** Data of each event type. What an event does to money follows from it by `market/evolve`. */
export interface EventData {
  genesis: { node: string; network: string; protocol: number; rules: number; settings: Settings };
  "settings.changed": Settings;
  tick: Record<string, never>;
  gap: { from: number; to: number };
  /** A valid intent that the state of the market refused; its id is used up. */
  "intent.rejected": { code: string; details: Record<string, unknown> };
  "wallet.deposited": { to: string; amount_micros: number; reason: "operator" | "welcome" };
  /** `arrives_at` only where it is moving: until then it is not listed. */
  "gpu.registered": IntentBody<"gpu.register"> & { owner: string; arrives_at?: number };
  "gpu.updated": IntentBody<"gpu.update">;
  "gpu.offered": { gpu_id: string; kinds: JobKind[] };
  "gpu.deregistered": { gpu_id: string };
  /** It is gone from this market for another one. */
  "gpu.left": IntentBody<"gpu.leave"> & { owner: string };
  /** The wait of a GPU that was moving is over. */
  "gpu.arrived": { gpu_id: string };
  /** It was moving, and is gone: its old home still has it. */
  "gpu.move_refused": IntentBody<"gpu.move_refuse">;
  "gpu.judged": IntentBody<"gpu.judge"> & { listed: boolean };
  /** Its last proof is too old to list it. */
  "gpu.expired": { gpu_id: string };
  /** The fee of a complaint is held until the verdict. */
  "gpu.challenged": { gpu_id: string; actor: string; fee_micros: number };
  /** No verdict has answered the complaint in time: its fee is released. */
  "gpu.challenge_lapsed": { gpu_id: string };
  "gpu.online": { gpu_id: string };
  "gpu.offline": { gpu_id: string; last_seen: number };
  "lease.opened": {
    lease_id: string;
    gpu_id: string;
    renter: string;
    owner: string;
    price_micros_per_hour: number;
    duration_s: number;
    hold_micros: number;
    ends_at: number;
  };
  "lease.extended": { lease_id: string; duration_s: number; hold_micros: number; ends_at: number };
  "lease.ended": {
    lease_id: string;
    reason: "expired" | "ended_by_renter" | "provider_offline" | "deregistered" | "proof_failed";
    metered_s: number;
    cost_micros: number;
    fee_micros: number;
    refund_micros: number;
  };
  "job.submitted": IntentBody<"job.submit"> & {
    job_id: string;
    lease_id: string;
    renter: string;
    provider: string;
  };
  "job.assigned": { job_id: string; attempt: number };
  "job.started": { job_id: string; attempt: number };
  /** Back in the queue for another attempt, maybe on another GPU of the renter's. */
  "job.requeued": {
    job_id: string;
    attempt: number;
    gpu_id: string;
    lease_id: string;
    reason: string;
    /** Whose fault the attempt was; only where reputations are counted. */
    side?: Side | null;
    /** The GPU that it goes back to never; only by the rules of `failover`. */
    failed_on?: string;
    /** The lease that it goes on in, where that was rented for it just now. */
    opens?: FailoverLease;
  };
  "job.checkpointed": { job_id: string; attempt: number; checkpoint: string };
  "job.attested": IntentBody<"job.attest"> & { actor: string };
  "job.ended": {
    job_id: string;
    state: "succeeded" | "failed" | "cancelled" | "lost";
    reason: string;
    side: Side | null;
    result: string | null;
  };
  "auction.started": {
    auction_id: string;
    gpu_ids: string[];
    owner: string;
    class: string;
    format: AuctionFormat;
    units: number;
    duration_s: number;
    reserve_micros_per_hour: number;
    ends_at: number;
  };
  /** The soft close of an English auction; comes before the bid that caused it. */
  "auction.extended": { auction_id: string; ends_at: number };
  /** No more bids; the sealed ones are to be opened. */
  "auction.closed": { auction_id: string };
  "auction.revealed": { auction_id: string; openings: BidOpening[] };
  /** Leases open for the fills, every other hold of the auction is released. */
  "auction.cleared": {
    auction_id: string;
    price_micros_per_hour: number | null;
    fills: Fill[];
    /** Bids that didn't count, with the reason. */
    dropped: { bid_id: string; reason: string }[];
    /** Why nothing was sold; null if something was. */
    reason: string | null;
  };
  "auction.cancelled": { auction_id: string; reason: string };
  "bid.placed": {
    bid_id: string;
    bidder: string;
    gpu_id: string | null;
    where: string | null;
    /** The English auction that it enters; null for one that rests. */
    auction_id: string | null;
    price_micros_per_hour: number;
    quantity: number;
    duration_s: number;
    hold_micros: number;
    expires_at: number | null;
  };
  /** Class orders in bulk: the bids are those of the intent that the event carries. */
  "bids.placed": {
    bid_id: string;
    bidder: string;
    count: number;
    hold_micros: number;
    expires_at: number;
  };
  "bid.sealed": {
    bid_id: string;
    auction_id: string;
    bidder: string;
    commitment: string;
    quantity: number;
    hold_micros: number;
  };
  /** A resting bid enters an auction of its GPU; its hold is computed anew. */
  "bid.entered": { bid_id: string; auction_id: string; duration_s: number; hold_micros: number };
  /** A resting bid is taken up at the ask, or a class order by a clearing round, maybe in part. */
  "bid.filled": { bid_id: string; leases: LeaseOpening[] };
  "bid.ended": {
    bid_id: string;
    state: "outbid" | "cancelled" | "expired" | "dropped";
    reason: string | null;
  };
  /** A clearing round that the operator asked for, after what it filled. */
  "market.cleared": { filled: number };
  /** Ended records that leave memory; the archive keeps them. */
  archived: { leases: string[]; jobs: string[]; auctions: string[]; bids: string[] };
}

export type EventType = keyof EventData;

const KNOWN_TYPES: Record<EventType, true> = {
  genesis: true,
  "settings.changed": true,
  tick: true,
  gap: true,
  "intent.rejected": true,
  "wallet.deposited": true,
  "gpu.registered": true,
  "gpu.updated": true,
  "gpu.offered": true,
  "gpu.deregistered": true,
  "gpu.left": true,
  "gpu.arrived": true,
  "gpu.move_refused": true,
  "gpu.judged": true,
  "gpu.expired": true,
  "gpu.challenged": true,
  "gpu.challenge_lapsed": true,
  "gpu.online": true,
  "gpu.offline": true,
  "lease.opened": true,
  "lease.extended": true,
  "lease.ended": true,
  "job.submitted": true,
  "job.assigned": true,
  "job.started": true,
  "job.requeued": true,
  "job.checkpointed": true,
  "job.attested": true,
  "job.ended": true,
  "auction.started": true,
  "auction.extended": true,
  "auction.closed": true,
  "auction.revealed": true,
  "auction.cleared": true,
  "auction.cancelled": true,
  "bid.placed": true,
  "bids.placed": true,
  "bid.sealed": true,
  "bid.entered": true,
  "bid.filled": true,
  "bid.ended": true,
  "market.cleared": true,
  archived: true,
};
/** Every event type that this version knows. */
export const EVENT_TYPES: ReadonlySet<string> = new Set(Object.keys(KNOWN_TYPES));

/** An event as `decide` drafts it, before the sequencer gives it its place. */
export type EventDraft = { [T in EventType]: { type: T; data: EventData[T] } }[EventType];

/**
 * An event of the feed (DESIGN §4): `prev` is the SHA-256 (hex) of the event before it, by its
 * RFC 8785 bytes; genesis has 64 zeros. The intent that asked for it rides on the last event that it
 * caused.
 */
export type FeedEvent = EventDraft & {
  v: 1;
  seq: number;
  prev: string;
  at: number;
  intent?: Envelope;
};

/** `prev` of the first event. */
export const GENESIS_PREV = "0".repeat(64);

/** The place of the last event: its seq and its hash (SHA-256 hex of its RFC 8785 bytes). */
export interface Head {
  seq: number;
  hash: string;
}

/** A head signed by its node, at the end of every commit; `sig` is over the RFC 8785 bytes of the rest. */
export interface Checkpoint extends Head {
  node: string;
  epoch: number;
  sig: string;
}
