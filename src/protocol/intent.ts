import * as z from "zod";
import { BULK_BID_BYTES, bulkFault } from "./bulk_bids.ts";
import { AuctionFormat, BidOpening, Quantity } from "./auction.ts";
import { AdapterInfo, Performance, Verdict } from "./gpu.ts";
import { JobFailover, JobKind, JobLimits, JobPriority, JobRetry, Side } from "./job.ts";
import { LIMITS } from "./limits.ts";
import { ProofReason, ProofTranscript } from "./proof.ts";
import {
  ActorId,
  AmountMicros,
  AuctionId,
  BidId,
  DurationSeconds,
  GpuId,
  GpuType,
  HomeEpoch,
  JobId,
  LeaseId,
  Line,
  PriceMicrosPerHour,
  Sha256Hex,
  SignatureText,
  TimeMs,
  Ulid,
} from "./text.ts";

/** What the operator decides, and every decision may depend on. Changed only by an intent. */
export const Settings = z.strictObject({
  /** `embedded`: the local user is owner, renter and operator, and GPUs count as online. */
  mode: z.enum(["embedded", "served"]),
  allow_software: z.boolean(),
  welcome_credit_micros: z.int().min(0).max(1_000_000_000),
  fee_bps: z.int().min(0).max(10_000),
  offline_grace_ms: z.int().min(0).max(24 * 3_600_000),
  /** How long a GPU whose old home is gone waits to be listed; absent: `LIMITS.move_wait_ms`. */
  move_wait_ms: z.int().min(0).max(LIMITS.move_wait_max_ms).optional(),
  /**
   * How long a good verdict lists a GPU. Where it is set, a failed proof ends a lease, and
   * reputations are counted. Absent: a verdict lists for good, as it did before this was a setting.
   */
  badge_life_ms: z.int().min(LIMITS.badge_life_min_ms).max(LIMITS.badge_life_max_ms).optional(),
  /** What a complaint costs, which the owner gets if the GPU holds; absent: nothing. */
  challenge_fee_micros: z.int().min(0).max(LIMITS.challenge_fee_max_micros).optional(),
});
export type Settings = z.infer<typeof Settings>;

/**
 * Where a GPU that is registered comes from, and which of its homes this one is. `left_seq` is the seq
 * of its `gpu.left` in the old home's feed; null where that home is gone, and then it waits.
 */
export const Moved = z.strictObject({
  from: ActorId,
  home_epoch: HomeEpoch.min(2),
  left_seq: z.int().min(1).nullable(),
});
export type Moved = z.infer<typeof Moved>;

const Elements = z.int().min(0);
const Tolerance = z.number().min(0).max(1);

function isSet(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length;
}

/**
 * Body of each intent type. Those in `NODE_INTENTS` are the registry's own: only its key may sign
 * them.
 */
export const INTENT_BODIES = {
  "gpu.register": z.strictObject({
    gpu_id: GpuId,
    gpu_type: GpuType,
    vram_gb: z.int().min(0).max(4096),
    price_micros_per_hour: PriceMicrosPerHour,
    adapter: AdapterInfo,
    performance: Performance,
    /** It comes from another home; absent where it is registered for the first time. */
    moved: Moved.optional(),
  }),
  /** The kinds of jobs that its provider runs. */
  "gpu.offer": z.strictObject({
    gpu_id: GpuId,
    kinds: z.array(JobKind).min(1).refine(isSet, "names a kind twice"),
  }),
  "gpu.update": z.strictObject({ gpu_id: GpuId, price_micros_per_hour: PriceMicrosPerHour }),
  /** `force` ends a lease on it, refunding the renter in full. */
  "gpu.deregister": z.strictObject({ gpu_id: GpuId, force: z.boolean() }),
  /** Leaves this home for another; `home_epoch` is the next one, and binds where it arrives. */
  "gpu.leave": z.strictObject({ gpu_id: GpuId, to: ActorId, home_epoch: HomeEpoch }),
  /**
   * A complaint: the GPU is to prove itself now. Its price is the registry's fee, held until the
   * verdict: the owner gets it if the GPU stays listed, the actor gets it back if not.
   */
  "gpu.challenge": z.strictObject({
    gpu_id: GpuId,
    max_fee_micros: z.int().min(0).max(LIMITS.challenge_fee_max_micros),
  }),
  "lease.rent": z.strictObject({
    gpu_id: GpuId,
    duration_s: DurationSeconds,
    max_price_micros_per_hour: PriceMicrosPerHour,
    /** What the plan showed, so that a downgraded GPU isn't bought by accident. */
    expected: z.strictObject({ verdict: z.enum(["verified", "software"]), class: GpuType }),
  }),
  "lease.end": z.strictObject({ lease_id: LeaseId }),
  "lease.extend": z.strictObject({ lease_id: LeaseId, duration_s: DurationSeconds }),
  "job.submit": z.strictObject({
    gpu_id: GpuId,
    kind: JobKind,
    bundle: Sha256Hex,
    limits: JobLimits,
    retry: JobRetry,
    /** 0 unless given. */
    priority: JobPriority.optional(),
    /**
     * What a job that lost its GPU may rent, or null. An intent without it is of a version that let
     * the next attempt go back to the GPU that failed, and is decided so.
     */
    failover: JobFailover.nullable().optional(),
  }),
  "job.cancel": z.strictObject({ job_id: JobId }),
  /** The provider takes a queued job: queued → assigned. */
  "job.claim": z.strictObject({ job_id: JobId }),
  /** assigned → running. */
  "job.start": z.strictObject({ job_id: JobId, attempt: z.int().min(1) }),
  /** The provider keeps what the job has come to so far; `checkpoint` is the manifest's hash. */
  "job.checkpoint": z.strictObject({
    job_id: JobId,
    attempt: z.int().min(1),
    checkpoint: Sha256Hex,
  }),
  /**
   * A side of a job that succeeded says what came of running it again: how many elements of the
   * outputs are the same, differ within the tolerance, and differ.
   */
  "job.attest": z.strictObject({
    job_id: JobId,
    /** The result that was compared with. */
    result: Sha256Hex,
    agrees: z.boolean(),
    on: z.enum(["local", "gpu"]),
    gpu_id: GpuId.nullable(),
    /** The job that ran it again, for `gpu`. */
    replay: JobId.nullable(),
    adapter: Line.max(LIMITS.name_chars),
    exact: Elements,
    tolerant: Elements,
    differing: Elements,
    tolerance: z.strictObject({ absolute: Tolerance, relative: Tolerance }),
  }).refine(({ on, gpu_id, replay }) => (on === "gpu") === (gpu_id !== null && replay !== null), {
    message: "a run on a GPU names it and its job, one on the actor's machine neither",
    path: ["on"],
  }).refine(({ agrees, differing }) => agrees === (differing === 0), {
    message: "agrees where nothing differs, and only there",
    path: ["agrees"],
  }),
  /** running (or assigned) → succeeded or failed. */
  "job.finish": z.strictObject({
    job_id: JobId,
    attempt: z.int().min(1),
    outcome: z.enum(["succeeded", "failed"]),
    reason: Line.min(1).max(LIMITS.name_chars),
    side: Side.nullable(),
    result: Sha256Hex.nullable(),
  }),
  /** Sells the GPU's time, or that of `units` free GPUs of the owner's of its class (`uniform`). */
  "auction.start": z.strictObject({
    gpu_id: GpuId,
    format: AuctionFormat,
    units: z.int().min(1).max(LIMITS.auction_units),
    duration_s: DurationSeconds,
    /** Null: the GPU's ask. */
    reserve_micros_per_hour: PriceMicrosPerHour.nullable(),
    timeout_ms: z.int().min(LIMITS.auction_timeout_min_ms).max(LIMITS.auction_timeout_max_ms),
  }),
  /** Closes the bidding early. */
  "auction.end": z.strictObject({ auction_id: AuctionId }),
  /**
   * An open bid: on a GPU (enters its English auction, else rests until the GPU can be had at that
   * price or is auctioned), or an order for any GPUs that satisfy a filter. `duration_s` null: the
   * auction's.
   */
  "bid.place": z.strictObject({
    gpu_id: GpuId.nullable(),
    where: z.string().min(1).max(LIMITS.filter_chars).nullable(),
    price_micros_per_hour: PriceMicrosPerHour,
    quantity: Quantity,
    duration_s: DurationSeconds.nullable(),
    expires_at: TimeMs.nullable(),
  }),
  /**
   * Many class orders at once (`bulk_bids.ts`), all or none: one bad bid refuses the whole intent, and
   * the answer says which. They are in the intent itself, so that the feed alone replays.
   */
  "bid.bulk": z.strictObject({
    where: z.array(z.string().min(1).max(LIMITS.filter_chars)).min(1).max(LIMITS.bulk_filters),
    bids: z.string().max(Math.ceil(LIMITS.bulk_bids * BULK_BID_BYTES / 3) * 4),
    expires_at: TimeMs.nullable(),
  }).superRefine(({ where, bids }, context) => {
    const fault = bulkFault(bids, where.length);
    if (fault === null) return;
    const path = fault.index === null ? ["bids"] : ["bids", fault.index];
    context.addIssue({ code: "custom", path, message: fault.message });
  }),
  /** A sealed bid: `hold_micros` caps what it can cost (price × hours × quantity). */
  "bid.seal": z.strictObject({
    auction_id: AuctionId,
    commitment: Sha256Hex,
    quantity: Quantity,
    hold_micros: AmountMicros,
  }),
  /** Takes back a bid that rests. */
  "bid.cancel": z.strictObject({ bid_id: BidId }),
  /** Opens sealed bids of a closed auction, some at a time. */
  "auction.reveal": z.strictObject({
    auction_id: AuctionId,
    openings: z.array(BidOpening).min(1).max(LIMITS.auction_openings),
  }),
  /** Clears a closed auction by the openings so far; bids without one are dropped. */
  "auction.clear": z.strictObject({ auction_id: AuctionId }),
  /** A clearing round: matches all class orders with all free GPUs. */
  "market.clear": z.strictObject({}),
  "wallet.deposit": z.strictObject({ to: ActorId, amount_micros: AmountMicros }),
  "gpu.judge": z.strictObject({
    gpu_id: GpuId,
    challenge_id: Ulid,
    verdict: Verdict,
    /** Null where the proof did not get that far. */
    root: Sha256Hex.nullable(),
    indices: z.array(z.int().min(0)).max(LIMITS.proof_rows),
    answer_sha256: Sha256Hex.nullable(),
    /** What was said in it, as far as all stages were reached. */
    proof: ProofTranscript.optional(),
    reason: ProofReason.optional(),
  }),
  "gpu.liveness": z.strictObject({ gpu_id: GpuId, online: z.boolean(), last_seen: TimeMs }),
  /** The old home of a GPU that is moving is alive and still has it: it must leave there first. */
  "gpu.move_refuse": z.strictObject({ gpu_id: GpuId, reason: Line.min(1).max(LIMITS.name_chars) }),
  /** A running job that its provider no longer knows. */
  "job.lose": z.strictObject({
    job_id: JobId,
    reason: Line.min(1).max(LIMITS.name_chars),
    side: Side,
  }),
  "node.settings": Settings,
  /** Downtime of the registry: not billed, and leases are extended by it. */
  "node.gap": z.strictObject({ from: TimeMs, to: TimeMs }),
} as const;

export type IntentType = keyof typeof INTENT_BODIES;
export type IntentBody<T extends IntentType> = z.infer<(typeof INTENT_BODIES)[T]>;

/** A signed wish (DESIGN §3). `registry` is the node id of the audience. */
export interface IntentOf<T extends IntentType> {
  v: 1;
  id: string;
  type: T;
  actor: string;
  registry: string;
  issued_at: number;
  expires_at: number;
  body: IntentBody<T>;
}
export type Intent = { [T in IntentType]: IntentOf<T> }[IntentType];

/** An intent and the Ed25519 signature (base64url) over its RFC 8785 bytes. */
export interface Envelope {
  intent: Intent;
  sig: string;
}

const frame = <T extends string, B extends z.ZodType>(type: T, body: B) =>
  z.strictObject({
    v: z.literal(1),
    id: Ulid,
    type: z.literal(type),
    actor: ActorId,
    registry: ActorId,
    issued_at: TimeMs,
    expires_at: TimeMs,
    body,
  });

/** Validator of each intent type's whole frame. */
export const INTENTS = Object.fromEntries(
  Object.entries(INTENT_BODIES).map(([type, body]) => [type, frame(type, body)]),
) as unknown as { [T in IntentType]: z.ZodType<IntentOf<T>> };

/** Intent types that only the node's own key may sign. */
export const NODE_INTENTS: ReadonlySet<IntentType> = new Set<IntentType>([
  "wallet.deposit",
  "auction.reveal",
  "auction.clear",
  "market.clear",
  "gpu.judge",
  "gpu.liveness",
  "gpu.move_refuse",
  "job.lose",
  "node.settings",
  "node.gap",
]);

/** A signed request for a session token (DESIGN §3). It never enters the feed. */
export const SessionIntent = frame("session", z.strictObject({}));
export type SessionIntent = z.infer<typeof SessionIntent>;
export const SessionEnvelope = z.strictObject({ intent: SessionIntent, sig: SignatureText });
export type SessionEnvelope = z.infer<typeof SessionEnvelope>;
