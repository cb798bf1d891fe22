import * as z from "zod";
import { LOG_KINDS } from "./api.ts";
import { AUCTION_STATES, BID_STATES } from "./auction.ts";
import { JOB_STATES } from "./job.ts";
import { LIMITS } from "./limits.ts";
import {
  ActorId,
  AuctionId,
  BidId,
  GpuId,
  GpuType,
  JobId,
  LeaseId,
  Sha256Hex,
  TimeMs,
} from "./text.ts";

/** The parameter that every read takes: it waits until that seq is durable. */
export const MIN_SEQ = "min_seq";

/** A seq in a query. */
export const Seq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** How many rows a page has. */
export const PageLimit = z.coerce.number().int().min(1).max(LIMITS.page_max)
  .default(LIMITS.page_default);
/** The same for proofs, whose records are long. */
export const ProofLimit = z.coerce.number().int().min(1).max(LIMITS.proofs_page)
  .default(LIMITS.page_default);

/** Of leases. An `actor` is either side; `cursor` is the id of the last one shown, as below. */
export const LeaseQuery = z.strictObject({
  actor: ActorId.optional(),
  gpu_id: GpuId.optional(),
  state: z.enum(["live", "ended"]).optional(),
  limit: PageLimit,
  cursor: LeaseId.optional(),
});

/** Of jobs. */
export const JobQuery = z.strictObject({
  actor: ActorId.optional(),
  gpu_id: GpuId.optional(),
  state: z.enum(JOB_STATES).optional(),
  limit: PageLimit,
  cursor: JobId.optional(),
});

/** Of auctions. */
export const AuctionQuery = z.strictObject({
  gpu_id: GpuId.optional(),
  owner: ActorId.optional(),
  state: z.enum(AUCTION_STATES).optional(),
  limit: PageLimit,
  cursor: AuctionId.optional(),
});

/** Of bids. */
export const BidQuery = z.strictObject({
  actor: ActorId.optional(),
  gpu_id: GpuId.optional(),
  auction_id: AuctionId.optional(),
  state: z.enum(BID_STATES).optional(),
  limit: PageLimit,
  cursor: BidId.optional(),
});
/** Of one bid: with `explain` a class order comes with its near misses. */
export const OneBidQuery = z.strictObject({ explain: z.stringbool().default(false) });

/** Of prices by class and hour. */
export const PriceQuery = z.strictObject({ class: GpuType.optional(), limit: PageLimit });

/** Of a GPU's proofs; `cursor` is the seq of the last one shown. */
export const ProofsQuery = z.strictObject({ limit: ProofLimit, cursor: Seq.optional() });
/** Of a proof's answer; without a hash it is that of the latest proof. */
export const AnswerQuery = z.strictObject({ sha256: Sha256Hex.optional() });

/**
 * Of movements of money. `before` is a `next_cursor`: the seq of a movement, a dot, and its number
 * within the event.
 */
export const HistoryQuery = z.strictObject({
  before: z.string().regex(/^\d{1,16}\.\d{1,6}$/, "a next_cursor").optional(),
  limit: PageLimit,
});

/** Of a feed: the events after a seq. */
export const FeedQuery = z.strictObject({ after: Seq.default(0), limit: PageLimit });
/** Of the stream of events; without `after` it begins now. */
export const EventsQuery = z.strictObject({ after: Seq.optional() });

/** Of a job's log: lines after a number, the last so many, from a time on, of some kinds. */
export const LogQuery = z.strictObject({
  after: Seq.default(0),
  tail: Seq.max(LIMITS.job_log_bytes).optional(),
  since: z.coerce.number().pipe(TimeMs).optional(),
  kinds: z.string().transform((text) => text.split(",")).pipe(z.array(z.enum(LOG_KINDS)))
    .optional(),
  follow: z.stringbool().default(false),
});
