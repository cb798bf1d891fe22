import * as z from "zod";
import { JobKind } from "./job.ts";
import { LIMITS } from "./limits.ts";
import { Reputation } from "./reputation.ts";
import {
  ActorId,
  AuctionId,
  GpuId,
  GpuType,
  HomeEpoch,
  LeaseId,
  Line,
  PriceMicrosPerHour,
  TimeMs,
} from "./text.ts";

/** What WebGPU says of an adapter; texts may be empty. */
export const AdapterInfo = z.strictObject({
  vendor: Line.max(LIMITS.name_chars),
  architecture: Line.max(LIMITS.name_chars),
  device: Line.max(LIMITS.name_chars),
  description: Line.max(LIMITS.text_chars),
  is_fallback: z.boolean(),
});
export type AdapterInfo = z.infer<typeof AdapterInfo>;

/** Median and spread of one measured figure. */
export const Spread = z.strictObject({
  median: z.number().min(0).max(1e15),
  p10: z.number().min(0).max(1e15),
  p90: z.number().min(0).max(1e15),
});
export type Spread = z.infer<typeof Spread>;

/** The provider's own measurements. Nothing here is proven. */
export const Performance = z.strictObject({
  self_reported: z.literal(true),
  measured_at: TimeMs,
  fp32_gflops: Spread,
  /** Null where the adapter has no `shader-f16`. */
  fp16_gflops: Spread.nullable(),
  u32_gops: Spread,
  memory_gbps: Spread,
  upload_gbps: Spread,
  download_gbps: Spread,
  launch_us: Spread,
});
export type Performance = z.infer<typeof Performance>;

export const GPU_STATUSES = ["unproven", "listed", "expired", "refused", "moving"] as const;
export const VERDICTS = ["verified", "software", "implausible", "failed"] as const;

/** A proof's outcome with the figures behind it; all integers, since it enters the feed. */
export const Verdict = z.strictObject({
  verdict: z.enum(VERDICTS),
  /** The chip class that was claimed and (if verified) confirmed, such as "RTX 3090". */
  class: GpuType,
  reason: z.string().max(LIMITS.text_chars),
  figures: z.strictObject({
    /** Measured u32 throughput: 2·M·K·N operations over the server's time, in 10⁹ a second. */
    gops: z.int().min(0),
    elapsed_ms: z.int().min(0),
    m: z.int().min(0),
    k: z.int().min(0),
    n: z.int().min(0),
    /** Throughput of the arithmetic chain. Feeds of older proofs lack this and all below. */
    chain_gops: z.int().min(0).optional(),
    chain_ms: z.int().min(0).optional(),
    /** Of the sweeps over what stayed resident. */
    memory_mb_per_s: z.int().min(0).optional(),
    sweep_ms: z.int().min(0).optional(),
    /** In 10⁶ bytes. */
    resident_mb: z.int().min(0).optional(),
    round_trip_ms: z.int().min(0).optional(),
  }),
  /** Each figure that contradicts the claim, in words. */
  contradicts: z.array(z.string().max(LIMITS.text_chars)).max(16),
  /** The step that failed, for `failed`. */
  step: z.string().max(LIMITS.name_chars).nullable(),
  /** What a reader should know of a claim that holds. Absent if nothing. */
  warnings: z.array(z.string().max(LIMITS.text_chars)).max(16).optional(),
});
export type Verdict = z.infer<typeof Verdict>;

/** A GPU as listings and reads show it. */
export const GpuView = z.strictObject({
  gpu_id: GpuId,
  owner: ActorId,
  gpu_type: GpuType,
  vram_gb: z.int().min(0).max(4096),
  price_micros_per_hour: PriceMicrosPerHour,
  /**
   * `unproven` until a verdict; `refused` after one that this registry does not list; `expired` once
   * a good one is too old; `moving` while a move without its old home waits, whatever the verdict.
   */
  status: z.enum(GPU_STATUSES),
  verdict: Verdict.nullable(),
  online: z.boolean(),
  /** True if it can be rented now: listed, online, and neither leased nor on auction. */
  available: z.boolean(),
  lease_id: LeaseId.nullable(),
  /** Its auction, while that is open or closed. */
  auction_id: AuctionId.nullable(),
  adapter: AdapterInfo,
  performance: Performance,
  /** Kinds of jobs that its provider runs; absent from an older registry. */
  kinds: z.array(JobKind).optional(),
  registered_at: TimeMs,
  proven_at: TimeMs.nullable(),
  /** The home registry's node id. */
  home: ActorId,
  /** Which of its homes this is: 1 is its first, each move adds one. */
  home_epoch: HomeEpoch,
  /** When a GPU that is `moving` has arrived; null for any other. */
  arrives_at: TimeMs.nullable(),
  /** When its badge expires; null for one that isn't listed. Absent where badges last. */
  badge_ends_at: TimeMs.nullable().optional(),
  /** As of the last event about the GPU; absent where none is counted. */
  reputation: Reputation.optional(),
});
export type GpuView = z.infer<typeof GpuView>;
