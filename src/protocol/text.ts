import * as z from "zod";
import { ACTOR_ID_PATTERN } from "../base/identity.ts";
import { ULID_PATTERN } from "../base/ids.ts";
import { MAX_AMOUNT_MICROS, MAX_PRICE_MICROS_PER_HOUR } from "../base/money.ts";
import { LIMITS } from "./limits.ts";

/** Building blocks of the wire types: each names its shape and bound once. */
export const ActorId = z.string().regex(
  ACTOR_ID_PATTERN,
  "a key id: 'z6Mk' and 44 base58 characters",
);
export const Ulid = z.string().regex(ULID_PATTERN, "a ULID");
export const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hex digits");
export const SignatureText = z.string().regex(
  /^[A-Za-z0-9_-]{85}[AQgw]$/,
  "86 base64url characters",
);
export const GpuId = z.string().max(LIMITS.gpu_id_chars).regex(
  /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  "letters, digits, '.', '_' and '-', starting with a letter or digit",
);
/** `lease_12` of event 12; further leases of the same event are `lease_12-1`, `lease_12-2`, … */
export const LeaseId = z.string().regex(
  /^lease_[1-9]\d{0,15}(-[1-9]\d{0,3})?$/,
  "lease_ and a number",
);
export const AuctionId = z.string().regex(/^auction_[1-9]\d{0,15}$/, "auction_ and a number");
/** `bid_12` of event 12; those of a bulk are `bid_12-1`, `bid_12-2`, … */
export const BidId = z.string().regex(/^bid_[1-9]\d{0,15}(-[1-9]\d{0,3})?$/, "bid_ and a number");
export const JobId = z.string().regex(/^job_[1-9]\d{0,15}$/, "job_ and a number");
/** One line of printable text. */
export const Line = z.string().regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, "no control characters");
export const GpuType = Line.min(1).max(LIMITS.gpu_type_chars);
export const PriceMicrosPerHour = z.int().min(0).max(MAX_PRICE_MICROS_PER_HOUR);
export const AmountMicros = z.int().min(1).max(MAX_AMOUNT_MICROS);
export const DurationSeconds = z.int().min(LIMITS.duration_min_s).max(LIMITS.duration_max_s);
/** Counts the homes of a GPU, from 1: of two claims to be its home, the higher one holds. */
export const HomeEpoch = z.int().min(1).max(LIMITS.home_epoch);
/** Milliseconds since the Unix epoch. */
export const TimeMs = z.int().min(0).max(8_640_000_000_000_000);
