import * as z from "zod";
import {
  Assignment,
  AuctionPage,
  BidExplained,
  BidPage,
  FeedPage,
  GpuPage,
  IntentResult,
  JobPage,
  LeasePage,
  LogPage,
  LogRequest,
  MovementPage,
  NodeInfo,
  PollAnswer,
  PollRequest,
  PricePage,
  Receipt,
  Session,
} from "../../protocol/api.ts";
import {
  AuctionView,
  AuctionWinner,
  BidView,
  PriceBar,
  SecretOpening,
} from "../../protocol/auction.ts";
import { BlobStatus } from "../../protocol/blob.ts";
import {
  ChallengeIssued,
  ChallengeRequest,
  ChallengeView,
  DrawView,
  Judged,
  NonceView,
  RootRequest,
  RootsRequest,
  StartRequest,
} from "../../protocol/challenge.ts";
import { AdapterInfo, GpuView, Performance, Spread, Verdict } from "../../protocol/gpu.ts";
import { INTENTS, SessionEnvelope, Settings } from "../../protocol/intent.ts";
import { JobLimits, JobRetry, JobStatement, JobView } from "../../protocol/job.ts";
import { LeaseView } from "../../protocol/lease.ts";
import { LIMITS } from "../../protocol/limits.ts";
import {
  ConnectRequest,
  Evidence,
  EvidencePage,
  EvidenceView,
  NodeRecord,
  PeersView,
  PeerView,
  SignedHead,
  SyncView,
} from "../../protocol/network.ts";
import { Problem } from "../../protocol/problem.ts";
import { ProofTranscript } from "../../protocol/proof.ts";
import { ProofPage, ProofRecord, ProofSummary } from "../../protocol/proof_record.ts";
import { Reputation } from "../../protocol/reputation.ts";
import { Sha256Hex, SignatureText } from "../../protocol/text.ts";
import { Movement, WalletView } from "../../protocol/wallet.ts";

/** Schemas of what the registry answers, by their names in the document. */
export const ANSWERS = {
  AdapterInfo,
  Assignment,
  AuctionPage,
  AuctionView,
  AuctionWinner,
  BidExplained,
  BidPage,
  BidView,
  BlobStatus,
  ChallengeIssued,
  ChallengeView,
  Commitment: z.strictObject({ commitment: Sha256Hex }),
  DrawView,
  Empty: z.strictObject({}),
  Evidence,
  EvidencePage,
  EvidenceView,
  FeedPage,
  GpuPage,
  GpuView,
  Health: z.strictObject({ status: z.literal("ok") }),
  IntentResult,
  JobLimits,
  JobPage,
  JobRetry,
  JobStatement,
  JobView,
  Judged,
  LeasePage,
  LeaseView,
  LogPage,
  Movement,
  MovementPage,
  NodeInfo,
  NodeRecord,
  NonceView,
  PeersView,
  PeerView,
  Performance,
  PollAnswer,
  PriceBar,
  PricePage,
  Problem,
  ProofPage,
  ProofRecord,
  ProofSummary,
  ProofTranscript,
  Readiness: z.strictObject({ status: z.literal("ready"), seq: z.int().min(0) }),
  Receipt,
  Reputation,
  Session,
  Settings,
  SignedHead,
  Spread,
  SyncView,
  Verdict,
  WalletView,
} as const;
export type AnswerName = keyof typeof ANSWERS;

/** Any intent, by its type. */
const Intent = z.union(Object.values(INTENTS));
/** An intent with its actor's Ed25519 signature over its RFC 8785 bytes. */
const Envelope = z.strictObject({ intent: Intent, sig: SignatureText });

/** Schemas of what it is asked with. */
export const REQUESTS = {
  ChallengeRequest,
  ConnectRequest,
  Envelope,
  Intent,
  IntentRequest: z.strictObject({
    envelopes: z.array(Envelope).min(1).max(LIMITS.intents_per_request),
  }),
  LogRequest,
  NodeRecord,
  PollRequest,
  RootRequest,
  RootsRequest,
  SecretOpening,
  SessionEnvelope,
  StartRequest,
} as const;
export type RequestName = keyof typeof REQUESTS;
