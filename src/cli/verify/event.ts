import * as z from "zod";
import { AuctionFormat, BidOpening, Quantity } from "../../protocol/auction.ts";
import type { FeedEvent } from "../../protocol/feed.ts";
import {
  type Intent,
  INTENT_BODIES,
  INTENTS,
  type IntentType,
  Settings,
} from "../../protocol/intent.ts";
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

/** An intent of any type, as its own schema has it. */
const AnyIntent = z.custom<Intent>((value) => {
  const type: unknown = typeof value === "object" && value !== null && "type" in value &&
    value.type;
  return typeof type === "string" && isIntentType(type) && INTENTS[type].safeParse(value).success;
}, "an intent");
const Envelope = z.strictObject({ intent: AnyIntent, sig: SignatureText });

function isIntentType(type: string): type is IntentType {
  return Object.hasOwn(INTENTS, type);
}

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

/** The events that bear on an auction: its own, those of bids, and what GPUs can be let. */
const BearingEvent = z.discriminatedUnion("type", [
  event(
    "genesis",
    z.strictObject({
      node: ActorId,
      network: z.string(),
      protocol: z.int(),
      rules: z.int(),
      settings: Settings,
    }),
  ),
  event("settings.changed", Settings),
  event(
    "gpu.registered",
    INTENT_BODIES["gpu.register"].extend({
      owner: ActorId,
      arrives_at: TimeMs.exactOptional(),
    }),
  ),
  event("gpu.left", INTENT_BODIES["gpu.leave"].extend({ owner: ActorId })),
  event("gpu.move_refused", INTENT_BODIES["gpu.move_refuse"]),
  event("gpu.deregistered", z.strictObject({ gpu_id: GpuId })),
  event("gpu.judged", INTENT_BODIES["gpu.judge"].extend({ listed: z.boolean() })),
  event("gpu.expired", z.strictObject({ gpu_id: GpuId })),
  event("gpu.online", z.strictObject({ gpu_id: GpuId })),
  event("gpu.offline", z.strictObject({ gpu_id: GpuId, last_seen: TimeMs })),
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

/** The place in the feed that every event has. */
const AnyEvent = z.looseObject({
  seq: z.int().min(1),
  prev: Sha256Hex,
  at: TimeMs,
  type: z.string(),
});

/** The types of the events that bear on an auction. */
const TYPES: ReadonlySet<string> = new Set(
  BearingEvent.options.map(({ shape }) => shape.type.value),
);

/**
 * An event of a page of the feed, checked. One that has no bearing on any auction becomes a tick in
 * its place, since nothing in it matters but that it is there. Throws `bad_gateway`.
 */
export function readEvent(raw: RawEvent): FeedEvent {
  const what = `Event ${raw.seq} of the feed`;
  const { seq, prev, at, type } = validate(AnyEvent, raw, what, "bad_gateway");
  if (!TYPES.has(type)) return { v: 1, seq, prev, at, type: "tick", data: {} };
  const { intent, ...rest } = validate(BearingEvent, raw, what, "bad_gateway");
  return intent === undefined ? rest : { ...rest, intent };
}
