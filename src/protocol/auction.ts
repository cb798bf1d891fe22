import * as z from "zod";
import { LIMITS } from "./limits.ts";
import {
  ActorId,
  AuctionId,
  BidId,
  GpuId,
  GpuType,
  LeaseId,
  Line,
  PriceMicrosPerHour,
  Sha256Hex,
  TimeMs,
} from "./text.ts";

/**
 * `second-price`, `first-price` and `uniform` are sealed: a bid is a commitment until the close.
 * `english` is open and ascending, with a soft close.
 */
export const AUCTION_FORMATS = ["second-price", "first-price", "english", "uniform"] as const;
export const AuctionFormat = z.enum(AUCTION_FORMATS);
export type AuctionFormat = z.infer<typeof AuctionFormat>;

/** Random bytes of a sealed bid, hex: what keeps its price from being guessed. */
export const BidSalt = z.string().regex(/^[0-9a-f]{32}$/, "32 lower-case hex digits");

/** The opening of a sealed bid. Its commitment is `bidCommitment` of it. */
export const BidOpening = z.strictObject({
  bid_id: BidId,
  price_micros_per_hour: PriceMicrosPerHour,
  salt: BidSalt,
});
export type BidOpening = z.infer<typeof BidOpening>;

/** What a bidder tells the registry alone, before the bid is sealed. */
export const SecretOpening = z.strictObject({
  auction_id: AuctionId,
  price_micros_per_hour: PriceMicrosPerHour,
  salt: BidSalt,
});
export type SecretOpening = z.infer<typeof SecretOpening>;

export const Quantity = z.int().min(1).max(LIMITS.bid_quantity);

export const AUCTION_STATES = ["open", "closed", "cleared", "cancelled"] as const;

/** A bid's share of a clearing. */
export const AuctionWinner = z.strictObject({
  bid_id: BidId,
  bidder: ActorId,
  units: Quantity,
  lease_ids: z.array(LeaseId),
});
export type AuctionWinner = z.infer<typeof AuctionWinner>;

/** An auction as reads show it. `closed`: no more bids, and the sealed ones are being opened. */
export const AuctionView = z.strictObject({
  auction_id: AuctionId,
  /** The GPUs on sale, one a unit. */
  gpu_ids: z.array(GpuId),
  owner: ActorId,
  class: GpuType,
  format: AuctionFormat,
  units: Quantity,
  duration_s: z.int(),
  reserve_micros_per_hour: PriceMicrosPerHour,
  state: z.enum(AUCTION_STATES),
  /** Why it was cancelled, or sold nothing. */
  reason: Line.max(LIMITS.name_chars).nullable(),
  started_at: TimeMs,
  ends_at: TimeMs,
  ended_at: TimeMs.nullable(),
  bids: z.int().min(0),
  /** Highest open bid; null for sealed formats. */
  best_micros_per_hour: PriceMicrosPerHour.nullable(),
  /** What each unit was sold for; null until the clearing, and without a sale. */
  price_micros_per_hour: PriceMicrosPerHour.nullable(),
  winners: z.array(AuctionWinner),
});
export type AuctionView = z.infer<typeof AuctionView>;

/** `resting`: waits for its GPU or its class. `entered`: stands in an auction. The rest are ends. */
export const BID_STATES = [
  "resting",
  "entered",
  "filled",
  "lost",
  "outbid",
  "cancelled",
  "expired",
  "dropped",
] as const;

/** A bid as reads show it. */
export const BidView = z.strictObject({
  bid_id: BidId,
  bidder: ActorId,
  /** The one GPU it is for; null for a class order. */
  gpu_id: GpuId.nullable(),
  /** The filter of a class order; null for one GPU. */
  where: z.string().max(LIMITS.filter_chars).nullable(),
  auction_id: AuctionId.nullable(),
  /** Null while it is sealed. */
  price_micros_per_hour: PriceMicrosPerHour.nullable(),
  commitment: Sha256Hex.nullable(),
  quantity: Quantity,
  /** Units that became leases. */
  filled: z.int().min(0),
  duration_s: z.int(),
  hold_micros: z.int().min(0),
  state: z.enum(BID_STATES),
  /** Why it was dropped: `insufficient_funds`, `gpu_gone`, `unopened`, `cap_exceeded`, … */
  reason: Line.max(LIMITS.name_chars).nullable(),
  placed_at: TimeMs,
  expires_at: TimeMs.nullable(),
  ended_at: TimeMs.nullable(),
  lease_ids: z.array(LeaseId),
});
export type BidView = z.infer<typeof BidView>;

/** Prices of a class within one hour (UTC), by the leases that began in it. */
export const PriceBar = z.strictObject({
  class: GpuType,
  /** Start of the hour. */
  hour: TimeMs,
  last_micros_per_hour: PriceMicrosPerHour,
  low_micros_per_hour: PriceMicrosPerHour,
  high_micros_per_hour: PriceMicrosPerHour,
  /** Seconds of GPU time rented. */
  volume_s: z.int().min(0),
  leases: z.int().min(1),
});
export type PriceBar = z.infer<typeof PriceBar>;
