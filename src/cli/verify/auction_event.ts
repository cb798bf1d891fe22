import * as z from "zod";
import { AuctionFormat, BidOpening, Quantity } from "../../protocol/auction.ts";
import type { FeedEvent } from "../../protocol/feed.ts";
import { INTENTS } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import {
  ActorId,
  AmountMicros,
  AuctionId,
  BidId,
  DurationSeconds,
  GpuId,
  GpuType,
  LeaseId,
  Line,
  PriceMicrosPerHour,
  Sha256Hex,
  SignatureText,
  TimeMs,
} from "../../protocol/text.ts";
import { validate } from "../../protocol/validate.ts";
import type { RawEvent } from "./chain.ts";

const Reason = Line.max(LIMITS.name_chars);
const Lease = z.strictObject({
  lease_id: LeaseId,
  gpu_id: GpuId,
  price_micros_per_hour: PriceMicrosPerHour,
  hold_micros: z.int().min(0),
  ends_at: TimeMs,
});

/** The intents that ask for such events. */
const Envelope = z.strictObject({
  intent: z.union([
    INTENTS["auction.start"],
    INTENTS["auction.end"],
    INTENTS["auction.reveal"],
    INTENTS["auction.clear"],
    INTENTS["bid.place"],
    INTENTS["bid.seal"],
    INTENTS["bid.cancel"],
  ]),
  sig: SignatureText,
});

const event = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.strictObject({
    v: z.literal(1),
    seq: z.int().min(1),
    prev: Sha256Hex,
    at: TimeMs,
    type: z.literal(type),
    data,
    intent: Envelope.optional(),
  });

/** The events that an auction and its bids are made of. */
const AuctionEvent = z.discriminatedUnion("type", [
  event(
    "auction.started",
    z.strictObject({
      auction_id: AuctionId,
      gpu_ids: z.array(GpuId),
      owner: ActorId,
      class: GpuType,
      format: AuctionFormat,
      units: Quantity,
      duration_s: DurationSeconds,
      reserve_micros_per_hour: PriceMicrosPerHour,
      ends_at: TimeMs,
    }),
  ),
  event("auction.extended", z.strictObject({ auction_id: AuctionId, ends_at: TimeMs })),
  event("auction.closed", z.strictObject({ auction_id: AuctionId })),
  event(
    "auction.revealed",
    z.strictObject({ auction_id: AuctionId, openings: z.array(BidOpening) }),
  ),
  event(
    "auction.cleared",
    z.strictObject({
      auction_id: AuctionId,
      price_micros_per_hour: PriceMicrosPerHour.nullable(),
      fills: z.array(z.strictObject({ bid_id: BidId, leases: z.array(Lease) })),
      dropped: z.array(z.strictObject({ bid_id: BidId, reason: Reason })),
      reason: Reason.nullable(),
    }),
  ),
  event("auction.cancelled", z.strictObject({ auction_id: AuctionId, reason: Reason })),
  event(
    "bid.placed",
    z.strictObject({
      bid_id: BidId,
      bidder: ActorId,
      gpu_id: GpuId.nullable(),
      where: z.string().nullable(),
      auction_id: AuctionId.nullable(),
      price_micros_per_hour: PriceMicrosPerHour,
      quantity: Quantity,
      duration_s: DurationSeconds,
      hold_micros: z.int().min(0),
      expires_at: TimeMs.nullable(),
    }),
  ),
  event(
    "bid.sealed",
    z.strictObject({
      bid_id: BidId,
      auction_id: AuctionId,
      bidder: ActorId,
      commitment: Sha256Hex,
      quantity: Quantity,
      hold_micros: AmountMicros,
    }),
  ),
  event(
    "bid.entered",
    z.strictObject({
      bid_id: BidId,
      auction_id: AuctionId,
      duration_s: DurationSeconds,
      hold_micros: z.int().min(0),
    }),
  ),
  event(
    "bid.ended",
    z.strictObject({
      bid_id: BidId,
      state: z.enum(["outbid", "cancelled", "expired", "dropped"]),
      reason: Reason.nullable(),
    }),
  ),
]);

/** The types of those events. */
const TYPES: ReadonlySet<unknown> = new Set(
  AuctionEvent.options.map(({ shape }) => shape.type.value),
);

/** An event of an auction or a bid, checked; null for one of another type. Throws `bad_gateway`. */
export function readAuctionEvent(raw: RawEvent): FeedEvent | null {
  if (!TYPES.has(raw.type)) return null;
  const { intent, ...rest } = validate(
    AuctionEvent,
    raw,
    `Event ${raw.seq} of the feed`,
    "bad_gateway",
  );
  return intent === undefined ? rest : { ...rest, intent };
}
