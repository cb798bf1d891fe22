import * as z from "zod";
import { GpuView, VERDICTS } from "./gpu.ts";
import { AuctionView, BidView, PriceBar } from "./auction.ts";
import { Settings } from "./intent.ts";
import { JobLimits, JobView } from "./job.ts";
import { LeaseView } from "./lease.ts";
import { LIMITS } from "./limits.ts";
import { ProofReason } from "./proof.ts";
import {
  ActorId,
  GpuId,
  HomeEpoch,
  JobId,
  LeaseId,
  Sha256Hex,
  SignatureText,
  TimeMs,
} from "./text.ts";
import { Movement } from "./wallet.ts";

/**
 * The registry's HTTP interface (DESIGN §8), all under /v1 and JSON unless noted. "Session" means
 * `Authorization: Bearer <token>`; on loopback `X-Horizon-Local: <token>` lets commands in.
 *
 *   GET  /node                       → NodeInfo
 *   GET  /gpus                       ?home&where&type&verdict&owner&all&sort&limit&cursor → GpuPage
 *   GET  /gpus/:gpu_id               → GpuView
 *   GET  /gpus/:gpu_id/proof         → ProofRecord: the latest verdict, and what was said in the proof
 *   GET  /gpus/:gpu_id/proof/answer  ?sha256 → application/octet-stream: the latest answer
 *   GET  /gpus/:gpu_id/proofs        ?limit&cursor → ProofPage, newest first
 *   GET  /leases                     ?actor&gpu_id&state&limit&cursor → LeasePage
 *   GET  /leases/:lease_id           → LeaseView
 *   GET  /jobs                       ?actor&gpu_id&state&limit&cursor → JobPage
 *   GET  /jobs/:job_id               → JobView
 *   GET  /auctions                   ?gpu_id&owner&state&limit&cursor → AuctionPage, newest first
 *   GET  /auctions/:auction_id       → AuctionView
 *   POST /auctions/:id/openings      session, SecretOpening → {commitment}: kept secret until the close
 *   GET  /bids                       ?actor&gpu_id&auction_id&state&limit&cursor → BidPage, newest first
 *   GET  /bids/:bid_id               → BidView; ?explain=true → BidExplained
 *   GET  /prices                     ?class&limit → PricePage, newest hour first
 *   GET  /wallet/:actor              → WalletView
 *   GET  /wallet/:actor/history      ?before&limit → MovementPage, newest first
 *   POST /intents                    {envelopes: [Envelope, 1 to 1,000]} → Receipt
 *   POST /sessions                   SessionEnvelope → Session
 *   GET  /events                     ?after=seq, server-sent events: id = seq, data = FeedEvent
 *   GET  /feeds/:node_id             ?after=seq&limit → FeedPage; of a node whose feed it holds
 *        Accept: application/x-ndjson → whole commits as feed_lines.ts has them
 *        Accept: text/event-stream    → the same as server-sent events, one a commit, as they come
 *   GET  /peers                      → PeersView
 *   POST /peers                      session of the node's own key, ConnectRequest → PeerView
 *   PUT  /peers/:node_id             NodeRecord → {}: a node tells where it is
 *   DELETE /peers/:node_id           session of the node's own key → {}
 *   POST /peers/:node_id/sync        session of the node's own key → SyncView
 *   GET  /evidence                   → EvidencePage
 *   GET  /backup                     session of the node's own key → application/octet-stream
 *   *    /homes/:node_id/v1/…        the same request to that node: this registry passes it on
 *   POST /challenges                 session, {gpu_id} → ChallengeIssued
 *   POST /challenges/:id/start       session, {echo} → ChallengeView; the round trip ends with it
 *   POST /challenges/:id/matrix      session, {root} → NonceView
 *   POST /challenges/:id/chain       session, {root} → NonceView
 *   POST /challenges/:id/sweep       session, {roots} → DrawView
 *   POST /challenges/:id/answer      session, application/octet-stream → Judged
 *        each stage is timed from the writing of its nonce to the arrival of its commitment
 *   PUT  /blobs/:sha256              session, application/octet-stream → {sha256, size_bytes}
 *   GET  /jobs/:job_id/blobs/:sha256 session of renter or provider → application/octet-stream
 *   POST /provider/poll              session, PollRequest → PollAnswer; waits up to wait_ms for work
 *   POST /jobs/:job_id/logs          session of the provider, {lines: LogLine[]} → {}
 *   GET  /jobs/:job_id/logs          session of renter or provider, ?after&tail&since&kinds&follow → LogPage
 *        or SSE: lines after a number, from a time on, of some kinds; the last so many of them
 *   /healthz, /readyz, /metrics      outside /v1
 *
 * Every read takes `min_seq`: it waits (at most 5 s) until that seq is durable here. Errors are
 * `application/problem+json`, see `problem.ts`.
 */
export const API_BASE = "/v1";
/** Header of the loopback token (DESIGN §2). */
export const LOCAL_TOKEN_HEADER = "X-Horizon-Local";
/** Header of a request that one process of a registry hands on to the one that leads. */
export const FORWARD_HEADER = "X-Horizon-Forward";

export const NodeInfo = z.strictObject({
  node_id: ActorId,
  network: z.string(),
  protocol: z.int(),
  software: z.string(),
  settings: Settings,
  head: z.strictObject({ seq: z.int().min(0), hash: Sha256Hex }),
  now: TimeMs,
});
export type NodeInfo = z.infer<typeof NodeInfo>;

const Cursor = z.string().max(256).nullable();
export const GpuPage = z.strictObject({
  gpus: z.array(GpuView),
  total: z.int(),
  next_cursor: Cursor,
});
export type GpuPage = z.infer<typeof GpuPage>;
export const LeasePage = z.strictObject({ leases: z.array(LeaseView), next_cursor: Cursor });
export type LeasePage = z.infer<typeof LeasePage>;
export const JobPage = z.strictObject({ jobs: z.array(JobView), next_cursor: Cursor });
export type JobPage = z.infer<typeof JobPage>;
export const MovementPage = z.strictObject({
  movements: z.array(Movement),
  next_cursor: Cursor,
});
export type MovementPage = z.infer<typeof MovementPage>;

export const AuctionPage = z.strictObject({ auctions: z.array(AuctionView), next_cursor: Cursor });
export type AuctionPage = z.infer<typeof AuctionPage>;
export const BidPage = z.strictObject({ bids: z.array(BidView), next_cursor: Cursor });
export type BidPage = z.infer<typeof BidPage>;
export const PricePage = z.strictObject({ bars: z.array(PriceBar) });
export type PricePage = z.infer<typeof PricePage>;
/** A class order, and for each GPU that comes near which terms it fails. */
export const BidExplained = z.strictObject({
  bid: BidView,
  misses: z.array(z.strictObject({ gpu_id: GpuId, fails: z.array(z.string()) })).max(100),
});
export type BidExplained = z.infer<typeof BidExplained>;

/** Query of a GPU listing. Without `all` only GPUs that can be rented now. */
export const GpuQuery = z.strictObject({
  where: z.string().max(LIMITS.filter_chars).optional(),
  type: z.string().max(LIMITS.gpu_type_chars).optional(),
  verdict: z.enum(VERDICTS).optional(),
  owner: ActorId.optional(),
  /** A home registry's node id; without it, GPUs of every registry that this one knows. */
  home: ActorId.optional(),
  all: z.stringbool().default(false),
  /** A field of the filter language; '-' in front reverses it. */
  sort: z.string().max(64).default("price"),
  limit: z.coerce.number().int().min(1).max(LIMITS.page_max).default(LIMITS.page_default),
  cursor: z.string().max(256).optional(),
});
export type GpuQuery = z.infer<typeof GpuQuery>;

/** What became of one intent: the event that carries it, or the refusal. */
export const IntentResult = z.discriminatedUnion("ok", [
  z.strictObject({
    ok: z.literal(true),
    intent_sha256: Sha256Hex,
    seq: z.int().min(1),
    at: TimeMs,
    type: z.string(),
    data: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({
    ok: z.literal(false),
    /** Null where the envelope is no intent at all. */
    intent_sha256: Sha256Hex.nullable(),
    /** The event of the rejection; null for a refusal that does not enter the feed. */
    seq: z.int().min(1).nullable(),
    code: z.string(),
    message: z.string(),
    fix: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).nullable(),
  }),
]);
export type IntentResult = z.infer<typeof IntentResult>;

/**
 * The registry's signed answer to a POST of intents: `sig` (base64url) is over the RFC 8785 bytes of
 * the rest, so that a relay can't forge it. One signature covers the whole answer.
 */
export const Receipt = z.strictObject({
  node: ActorId,
  results: z.array(IntentResult).max(LIMITS.intents_per_request),
  sig: SignatureText,
});
export type Receipt = z.infer<typeof Receipt>;

export const Session = z.strictObject({
  token: z.string().regex(/^[A-Za-z0-9_-]{32,128}$/, "32 to 128 base64url characters"),
  expires_at: TimeMs,
});
export type Session = z.infer<typeof Session>;

export const FeedPage = z.strictObject({
  events: z.array(z.record(z.string(), z.unknown())),
  /** The head of the durable feed, signed. */
  checkpoint: z.strictObject({
    seq: z.int(),
    hash: Sha256Hex,
    node: ActorId,
    epoch: z.int(),
    sig: SignatureText,
  }),
});
export type FeedPage = z.infer<typeof FeedPage>;

export const PollRequest = z.strictObject({
  gpus: z.array(GpuId).min(1).max(64),
  /** Jobs that this daemon knows as assigned or running; the registry declares any other lost. */
  jobs: z.array(JobId).max(256),
  wait_ms: z.int().min(0).max(LIMITS.poll_wait_ms),
});
export type PollRequest = z.infer<typeof PollRequest>;
export const Assignment = z.strictObject({
  job_id: JobId,
  lease_id: LeaseId,
  gpu_id: GpuId,
  /** Of the GPU: its provider refuses an older one than it knows. */
  home_epoch: HomeEpoch,
  attempt: z.int().min(1),
  bundle: Sha256Hex,
  limits: JobLimits,
  /** Hash of the manifest of the checkpoint to go on from; null to begin anew. */
  checkpoint: Sha256Hex.nullable().default(null),
});
export type Assignment = z.infer<typeof Assignment>;
export const PollAnswer = z.strictObject({
  /** Queued jobs to claim, in the order in which each GPU is to run them. */
  assignments: z.array(Assignment).max(256),
  /** Of the request's `jobs`: those that are no longer this daemon's to run. */
  stop: z.array(JobId).max(256),
  /** GPUs of the request that are to be proven now, as soon as they are free. */
  challenges: z.array(z.strictObject({ gpu_id: GpuId, reason: ProofReason })).max(64),
});
export type PollAnswer = z.infer<typeof PollAnswer>;

export const LOG_KINDS = ["log", "progress", "status", "metric"] as const;
export type LogKind = (typeof LOG_KINDS)[number];
export const LogLine = z.strictObject({
  at: TimeMs,
  /**
   * `log` is the job's own output, `progress` a share of the work in text, `metric` that share and
   * figures (`metrics.ts`), `status` the runner's word.
   */
  kind: z.enum(LOG_KINDS),
  text: z.string().max(LIMITS.job_log_line_chars),
});
export type LogLine = z.infer<typeof LogLine>;
export const LogRequest = z.strictObject({
  lines: z.array(LogLine).min(1).max(LIMITS.job_log_batch_lines),
});
export type LogRequest = z.infer<typeof LogRequest>;
export const LogPage = z.strictObject({
  /** Each line with its number, from 1. */
  lines: z.array(LogLine.extend({ n: z.int().min(1) })),
});
export type LogPage = z.infer<typeof LogPage>;
