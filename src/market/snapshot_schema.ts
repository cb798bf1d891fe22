import * as z from "zod";
import { AuctionView, BidView } from "../protocol/auction.ts";
import { AdapterInfo, GpuView, Performance, Verdict } from "../protocol/gpu.ts";
import { Settings } from "../protocol/intent.ts";
import { LIMITS } from "../protocol/limits.ts";
import { JobKind, JobView } from "../protocol/job.ts";
import { LeaseView } from "../protocol/lease.ts";
import {
  ActorId,
  AuctionId,
  BidId,
  GpuId,
  GpuType,
  HomeEpoch,
  LeaseId,
  PriceMicrosPerHour,
  TimeMs,
  Ulid,
} from "../protocol/text.ts";

/** Version of the form below. */
export const SNAPSHOT_VERSION = 5;

const Seq = z.int().min(1);
const Micros = z.int().min(0);
const Count = z.int().min(0);

const CountersRecord = z.strictObject({
  jobs_succeeded: Count,
  jobs_failed_provider: Count,
  jobs_failed_renter: Count,
  jobs_failed_network: Count,
  leases_broken: Count,
  proofs_passed: Count,
  proofs_failed: Count,
  listed_ms: Count,
  uptime_ms: Count,
});

const GpuRecord = z.strictObject({
  gpu_id: GpuId,
  owner: ActorId,
  gpu_type: GpuType,
  vram_gb: GpuView.shape.vram_gb,
  price_micros_per_hour: PriceMicrosPerHour,
  adapter: AdapterInfo,
  performance: Performance,
  kinds: z.array(JobKind),
  status: GpuView.shape.status,
  verdict: Verdict.nullable(),
  proven_at: TimeMs.nullable(),
  registered_at: TimeMs,
  home_epoch: HomeEpoch,
  arrival: z.strictObject({ at: TimeMs, began_at: TimeMs, seq: Seq, from: ActorId }).nullable(),
  online: z.boolean(),
  lease_id: LeaseId.nullable(),
  auction_id: AuctionId.nullable(),
  expired: z.boolean(),
  complaint: z.strictObject({ actor: ActorId, fee_micros: Micros, at: TimeMs, seq: Seq })
    .nullable(),
  complaints: z.array(z.strictObject({ actor: ActorId, at: TimeMs }))
    .max(LIMITS.complaints_per_window),
  counters: CountersRecord,
  counted_at: TimeMs.nullable(),
});

const DepartureRecord = z.strictObject({
  gpu_id: GpuId,
  owner: ActorId,
  to: ActorId,
  home_epoch: HomeEpoch,
  left_at: TimeMs,
  seq: Seq,
});

const LeaseRecord = LeaseView.omit({ metered_s: true }).extend({
  ended_seq: Seq.nullable(),
  metered_ms: z.int().min(0),
  meter_from: TimeMs.nullable(),
  offline_until: TimeMs.nullable(),
});

const JobRecord = JobView.extend({ overdue_at: TimeMs.nullable(), ended_seq: Seq.nullable() });

const AuctionRecord = AuctionView.extend({
  soft_close_ms: z.int().min(0),
  extensions: z.int().min(0),
  best_bid_id: BidId.nullable(),
  ended_seq: Seq.nullable(),
});

const BidRecord = BidView.extend({ ended_seq: Seq.nullable() });

const AccountRecord = z.strictObject({
  actor: ActorId,
  available_micros: Micros,
  held_micros: Micros,
  earned_micros: Micros,
});

const MemoryRecord = z.strictObject({
  actor: ActorId,
  id: Ulid,
  seq: Seq,
  expiry_min: z.int().min(0),
});

/** A state as a snapshot holds it: records sorted by id (all but GPUs by number, departures by seq), no indexes. */
export const SnapshotForm = z.strictObject({
  version: z.literal(SNAPSHOT_VERSION),
  seq: Seq,
  at: TimeMs,
  node: ActorId,
  settings: Settings,
  gpus: z.array(GpuRecord),
  departures: z.array(DepartureRecord).max(LIMITS.departures),
  leases: z.array(LeaseRecord),
  jobs: z.array(JobRecord),
  auctions: z.array(AuctionRecord),
  bids: z.array(BidRecord),
  accounts: z.array(AccountRecord),
  owners: z.array(CountersRecord.extend({ owner: ActorId })),
  fees_micros: Micros,
  issuance_micros: z.int().max(0),
  intents: z.array(MemoryRecord),
});
export type SnapshotForm = z.infer<typeof SnapshotForm>;
