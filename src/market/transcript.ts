import { holdMicros } from "../base/money.ts";
import { bidCommitment } from "../protocol/bid_commitment.ts";
import type { EventData, FeedEvent } from "../protocol/feed.ts";
import { clearBids, type Clearing, type ClearingBid } from "./clearing.ts";
import { numberOf } from "./ids.ts";
import { type AuctionFacts, type BidFacts, readAuction } from "./transcript_facts.ts";

/** One contradiction in the feed of an auction. */
export interface AuctionProblem {
  kind:
    /** A bid isn't what its bidder signed. */
    | "changed_bid"
    /** A bid that should count doesn't, or events are missing. */
    | "left_out_bid"
    | "wrong_winner"
    | "wrong_price"
    /** A lease that doesn't follow from the auction's terms. */
    | "wrong_lease"
    /** An opening that isn't the commitment's. */
    | "bad_opening"
    /** There is no clearing to compare with. */
    | "not_cleared";
  bid_id?: string;
  message: string;
}

/** Whether an auction's outcome follows from its bids. */
export type Recheck = { ok: true } | { ok: false; problems: AuctionProblem[] };

type Started = EventData["auction.started"];
type Cleared = Extract<FeedEvent, { type: "auction.cleared" }>;

/**
 * Clears an auction again from the signed bids in the feed, by the code that cleared it, and compares.
 * `events` are the feed's without gaps, up to the clearing, from the auction's start or, since bids may
 * have rested and GPUs have come and gone, better from the feed's. `unsigned_seqs` are the events whose
 * intent's signature the caller found wrong. That the events form the feed's chain is the caller's to
 * check as well.
 */
export function recheckAuction(
  events: readonly FeedEvent[],
  auction_id: string,
  unsigned_seqs: ReadonlySet<number> = new Set(),
): Recheck {
  const facts = readAuction(events, auction_id);
  const { started, cleared } = facts;
  if (started === null || cleared === null) {
    const message = `These events don't hold the start and the clearing of ${auction_id}.`;
    return { ok: false, problems: [{ kind: "not_cleared", message }] };
  }
  const expected = clearBids({ ...started, units: facts.units }, standingBids(facts));
  const problems = [
    ...missing(facts),
    ...[...facts.bids.values()].flatMap((bid) => checkSigned(bid, started, unsigned_seqs)),
    ...checkOpenings(facts, auction_id),
    ...checkDropped(cleared, expected, facts),
    ...checkWinners(cleared, expected),
    ...checkPrice(cleared, expected),
    ...checkLeases(cleared, started),
  ];
  return problems.length === 0 ? { ok: true } : { ok: false, problems };
}

/** All bids that entered, in the order of their placing; who was outbid can't win. */
function standingBids({ bids, openings }: AuctionFacts): ClearingBid[] {
  const opened = new Map(openings.map((opening) => [opening.bid_id, opening]));
  return [...bids.values()].map(({ placed, hold_micros }) => {
    const { bid_id, quantity } = placed.data;
    const price_micros_per_hour = placed.type === "bid.placed"
      ? placed.data.price_micros_per_hour
      : opened.get(bid_id)?.price_micros_per_hour ?? null;
    return { bid_id, quantity, price_micros_per_hour, hold_micros };
  }).sort((a, b) => numberOf(a.bid_id) - numberOf(b.bid_id));
}

function missing({ gaps, unknown, bids, openings }: AuctionFacts): AuctionProblem[] {
  const kind = "left_out_bid";
  const strangers = openings.map(({ bid_id }) => bid_id).filter((bid_id) => !bids.has(bid_id));
  return [
    ...gaps.map((seq) => ({ kind, message: `Events before event ${seq} are missing.` } as const)),
    ...unknown.map((bid_id) => {
      const message = `${bid_id} entered, and the events don't hold its placing.`;
      return { kind, bid_id, message } as const;
    }),
    ...strangers.map((bid_id) => {
      return { kind, bid_id, message: `${bid_id} was opened, and is not in the feed.` } as const;
    }),
  ];
}

function checkSigned(
  bid: BidFacts,
  started: Started,
  unsigned_seqs: ReadonlySet<number>,
): AuctionProblem[] {
  const { placed, ended } = bid;
  const { bid_id } = placed.data;
  const problems: AuctionProblem[] = [];
  if (unsigned_seqs.has(placed.seq)) {
    const message = `The signature of ${bid_id} is wrong.`;
    problems.push({ kind: "changed_bid", bid_id, message });
  } else if (!isAsSigned(placed)) {
    const message = `${bid_id} is not what its bidder signed.`;
    problems.push({ kind: "changed_bid", bid_id, message });
  }
  if (ended !== null && (started.format !== "english" || ended !== "outbid")) {
    const message = `${bid_id} ended as ${ended} before the clearing.`;
    problems.push({ kind: "left_out_bid", bid_id, message });
  }
  return problems;
}

function isAsSigned({ type, data, intent: envelope }: BidFacts["placed"]): boolean {
  const intent = envelope?.intent;
  if (intent === undefined || intent.actor !== data.bidder) return false;
  if (type === "bid.sealed") {
    return intent.type === "bid.seal" && intent.body.auction_id === data.auction_id &&
      intent.body.commitment === data.commitment && intent.body.quantity === data.quantity &&
      intent.body.hold_micros === data.hold_micros;
  }
  return intent.type === "bid.place" && intent.body.gpu_id === data.gpu_id &&
    intent.body.where === data.where && intent.body.quantity === data.quantity &&
    intent.body.price_micros_per_hour === data.price_micros_per_hour &&
    (intent.body.duration_s ?? data.duration_s) === data.duration_s;
}

function checkOpenings({ bids, openings }: AuctionFacts, auction_id: string): AuctionProblem[] {
  return openings.flatMap((opening): AuctionProblem[] => {
    const { bid_id } = opening;
    const placed = bids.get(bid_id)?.placed;
    if (placed?.type !== "bid.sealed") return [];
    const { bidder, commitment } = placed.data;
    if (bidCommitment(auction_id, bidder, opening) === commitment) return [];
    return [{ kind: "bad_opening", bid_id, message: `${bid_id} was opened with other values.` }];
  });
}

/** Bids that the clearing passes over. To keep a bid closed is to leave it out. */
function checkDropped(
  { data }: Cleared,
  expected: Clearing,
  { bids }: AuctionFacts,
): AuctionProblem[] {
  const rightly = new Map(expected.dropped.map(({ bid_id, reason }) => [bid_id, reason]));
  const kind = "left_out_bid";
  const wrongly = data.dropped.filter(({ bid_id, reason }) => rightly.get(bid_id) !== reason);
  const unopened = expected.dropped.filter(({ reason }) => reason === "unopened");
  return [
    ...wrongly.map(({ bid_id, reason }): AuctionProblem => {
      const message = `${bid_id} was dropped as ${reason}, which it is not.`;
      return { kind, bid_id, message };
    }),
    ...unopened.filter(({ bid_id }) => bids.has(bid_id)).map(({ bid_id }): AuctionProblem => {
      return { kind, bid_id, message: `${bid_id} was never opened.` };
    }),
  ];
}

function checkWinners({ data }: Cleared, expected: Clearing): AuctionProblem[] {
  const due = new Map(expected.awards.map(({ bid_id, units }) => [bid_id, units]));
  const given = new Map(data.fills.map(({ bid_id, leases }) => [bid_id, leases.length]));
  return [...new Set([...due.keys(), ...given.keys()])].flatMap((bid_id): AuctionProblem[] => {
    const [should, does] = [due.get(bid_id) ?? 0, given.get(bid_id) ?? 0];
    if (should === does) return [];
    const message = `${bid_id} wins ${does}, and should win ${should}.`;
    return [{ kind: "wrong_winner", bid_id, message }];
  });
}

function checkPrice({ data }: Cleared, expected: Clearing): AuctionProblem[] {
  const { price_micros_per_hour: is } = data;
  const { price_micros_per_hour: should } = expected;
  if (is === should) return [];
  const message = `The price is ${is} micro-dollars an hour, and should be ${should}.`;
  return [{ kind: "wrong_price", message }];
}

function checkLeases({ at, data }: Cleared, started: Started): AuctionProblem[] {
  const { duration_s, gpu_ids } = started;
  const price_micros_per_hour = data.price_micros_per_hour ?? 0;
  const hold_micros = holdMicros(price_micros_per_hour, duration_s);
  const free = new Set(gpu_ids);
  return data.fills.flatMap(({ bid_id, leases }) =>
    leases.flatMap((lease): AuctionProblem[] => {
      const isRight = free.delete(lease.gpu_id) && lease.ends_at === at + duration_s * 1000 &&
        lease.price_micros_per_hour === price_micros_per_hour && lease.hold_micros === hold_micros;
      if (isRight) return [];
      const message = `${lease.lease_id} is not on the auction's terms.`;
      return [{ kind: "wrong_lease", bid_id, message }];
    })
  );
}
