import type { Evidence, NodeRecord, PeerView, SignedHead } from "../../protocol/network.ts";
import type { AuctionView, BidView } from "../../protocol/auction.ts";
import type { GpuView, Verdict } from "../../protocol/gpu.ts";
import type { JobView } from "../../protocol/job.ts";
import type { LeaseView } from "../../protocol/lease.ts";
import type { ProofTranscript } from "../../protocol/proof.ts";
import type { ProofRecord } from "../../protocol/proof_record.ts";

/** One small market, which all examples of the document are of. */
const AT = 1_795_000_000_000;
const HOUR_MS = 3_600_000;
export const NODE = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
export const OWNER = "z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH";
export const RENTER = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
export const ULID = "01JZ3QW8Z7R5T9V2X4Y6B8D0FH";
export const SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
export const SIGNATURE =
  "K2nJv0d3o8m1Q5r7t9w2y4A6C8E0G2I4K6M8O0Q2S4U6W8Y0a2c4e6g8i0k2m4o6q8s0u2w4y6A8C0E2G4I6Kw";

const spread = (median: number) => ({ median, p10: 0.98 * median, p90: 1.02 * median });

const VERDICT: Verdict = {
  verdict: "verified",
  class: "RTX 3090",
  reason: "Its figures are those of the class.",
  figures: {
    gops: 12_000,
    elapsed_ms: 11,
    m: 4096,
    k: 4096,
    n: 4096,
    chain_gops: 16_500,
    chain_ms: 480,
    memory_mb_per_s: 870_000,
    sweep_ms: 610,
    resident_mb: 21_000,
    round_trip_ms: 14,
  },
  contradicts: [],
  step: null,
};

export const GPU: GpuView = {
  gpu_id: "rig-1",
  owner: OWNER,
  gpu_type: "RTX 3090",
  vram_gb: 24,
  price_micros_per_hour: 300_000,
  status: "listed",
  verdict: VERDICT,
  online: true,
  available: true,
  lease_id: null,
  auction_id: null,
  adapter: {
    vendor: "nvidia",
    architecture: "ampere",
    device: "",
    description: "NVIDIA GeForce RTX 3090",
    is_fallback: false,
  },
  performance: {
    self_reported: true,
    measured_at: AT,
    fp32_gflops: spread(24_000),
    fp16_gflops: null,
    u32_gops: spread(16_000),
    memory_gbps: spread(850),
    upload_gbps: spread(11),
    download_gbps: spread(11),
    launch_us: spread(30),
  },
  kinds: ["wgsl", "onnx", "module"],
  registered_at: AT,
  proven_at: AT,
  home: NODE,
  home_epoch: 1,
  arrives_at: null,
  badge_ends_at: AT + 24 * HOUR_MS,
  reputation: {
    score: 0.97,
    is_new: false,
    jobs: { succeeded: 120, failed_provider: 1, failed_renter: 3, failed_network: 0 },
    leases_broken: 0,
    proofs: { passed: 40, failed: 0 },
    listed_ms: 720 * HOUR_MS,
    uptime_ms: 715 * HOUR_MS,
  },
};

export const LEASE: LeaseView = {
  lease_id: "lease_12",
  gpu_id: GPU.gpu_id,
  renter: RENTER,
  owner: OWNER,
  price_micros_per_hour: 300_000,
  duration_s: 7_200,
  hold_micros: 600_000,
  state: "live",
  reason: null,
  started_at: AT,
  ends_at: AT + 2 * HOUR_MS,
  ended_at: null,
  metered_s: 60,
  cost_micros: 5_000,
};

export const JOB: JobView = {
  job_id: "job_14",
  lease_id: LEASE.lease_id,
  gpu_id: GPU.gpu_id,
  renter: RENTER,
  provider: OWNER,
  kind: "wgsl",
  state: "succeeded",
  reason: "done",
  side: null,
  attempt: 1,
  bundle: SHA256,
  result: SHA256,
  limits: { time_s: 600, memory_mb: 1024, vram_mb: 1024, output_mb: 64 },
  retry: { attempts: 0, on: ["lost"] },
  priority: 0,
  failover: null,
  checkpoint: null,
  failed_on: [],
  statements: [],
  submitted_at: AT,
  started_at: AT + 300,
  ended_at: AT + 4_300,
};

export const AUCTION: AuctionView = {
  auction_id: "auction_21",
  gpu_ids: [GPU.gpu_id],
  owner: OWNER,
  class: "RTX 3090",
  format: "second-price",
  units: 1,
  duration_s: 7_200,
  reserve_micros_per_hour: 100_000,
  state: "open",
  reason: null,
  started_at: AT,
  ends_at: AT + HOUR_MS,
  ended_at: null,
  bids: 1,
  best_micros_per_hour: null,
  price_micros_per_hour: null,
  winners: [],
};

export const BID: BidView = {
  bid_id: "bid_22",
  bidder: RENTER,
  gpu_id: null,
  where: "vram_gb>=16",
  auction_id: null,
  price_micros_per_hour: 250_000,
  commitment: null,
  quantity: 1,
  filled: 0,
  duration_s: 7_200,
  hold_micros: 500_000,
  state: "resting",
  reason: null,
  placed_at: AT,
  expires_at: AT + 24 * HOUR_MS,
  ended_at: null,
  lease_ids: [],
};

export const TRANSCRIPT: ProofTranscript = {
  nonce: SHA256,
  m: 4096,
  k: 4096,
  n: 4096,
  lanes: 1 << 16,
  steps: 1 << 14,
  sweeps: 2,
  matrix_root: SHA256,
  chain_nonce: SHA256,
  chain_root: SHA256,
  sweep_nonce: SHA256,
  sweep_roots: [SHA256, SHA256],
  rows: [3, 17],
  lanes_opened: [5],
  sweeps_opened: [0],
};

export const PROOF: ProofRecord = {
  gpu_id: GPU.gpu_id,
  owner: OWNER,
  challenge_id: ULID,
  seq: 9,
  at: AT,
  verdict: VERDICT,
  listed: true,
  reason: "registration",
  answer_sha256: SHA256,
  proof: TRANSCRIPT,
};

export const HEAD: SignedHead = { seq: 42, hash: SHA256, node: NODE, epoch: 1, sig: SIGNATURE };

export const RECORD: NodeRecord = {
  v: 1,
  node_id: NODE,
  urls: ["https://registry.example"],
  network: "horizon-1",
  protocol: 1,
  software: "horizon/0.1.0",
  seq: AT,
  sig: SIGNATURE,
};

export const PEER: PeerView = {
  node_id: NODE,
  alias: "berlin",
  connected: true,
  record: RECORD,
  direction: "both",
  state: "live",
  trust: "checked",
  head: HEAD,
  lag_events: 0,
  lag_ms: 0,
  last_contact_at: AT,
  round_trip_ms: 12.5,
  listings: 31,
  reason: null,
};

export const EVIDENCE: Evidence = {
  v: 1,
  kind: "fork",
  node: NODE,
  a: HEAD,
  b: { ...HEAD, hash: SHA256.replace("9f", "af") },
  events: [],
  message: "It signed two heads at event 42.",
  found_at: AT,
};

/** A frame of an intent of the renter's. */
export const FRAME = {
  v: 1,
  id: ULID,
  actor: RENTER,
  registry: NODE,
  issued_at: AT,
  expires_at: AT + 600_000,
};

/** A signed intent: rents the GPU for two hours. */
export const RENT = {
  intent: {
    ...FRAME,
    type: "lease.rent",
    body: {
      gpu_id: GPU.gpu_id,
      duration_s: 7_200,
      max_price_micros_per_hour: 300_000,
      expected: { verdict: "verified", class: "RTX 3090" },
    },
  },
  sig: SIGNATURE,
};

/** An event of the feed, as a server-sent event. */
export const EVENT_TEXT =
  `id: 12\ndata: {"at":${AT},"data":{"gpu_id":"rig-1"},"prev":"${SHA256}",` +
  `"seq":12,"type":"gpu.online","v":1}\n\n`;
