import { assert, assertEquals, assertExists, fail } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { newId } from "../../src/base/ids.ts";
import {
  auctionView,
  bidsOfAuction,
  bidView,
  decide,
  type Decision,
  due,
  type Effects,
  emptyState,
  evolve,
  genesis,
  gpuView,
  jobView,
  leaseView,
  type MarketState,
  stateHash,
  walletView,
} from "../../src/market/market.ts";
import type { AuctionView, BidView } from "../../src/protocol/auction.ts";
import { bidCommitment } from "../../src/protocol/bid_commitment.ts";
import {
  type EventData,
  type EventDraft,
  type FeedEvent,
  GENESIS_PREV,
} from "../../src/protocol/feed.ts";
import type { GpuView, Verdict } from "../../src/protocol/gpu.ts";
import type { Intent, IntentBody, IntentType, Settings } from "../../src/protocol/intent.ts";
import type { JobView } from "../../src/protocol/job.ts";
import type { LeaseView } from "../../src/protocol/lease.ts";
import { LIMITS } from "../../src/protocol/limits.ts";

/** An actor id of the right shape; evolving checks no key. */
export const actorId = (letter: string) => `z6Mk${letter.repeat(44)}`;
export const NODE = actorId("N");
export const OWNER = actorId("W");
export const RENTER = actorId("R");
export const OTHER = actorId("X");
export const START_AT = 1_700_000_000_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DOLLAR = 1_000_000;
export const CLASS = "RTX 3090";
export const HASH = "a".repeat(64);

export const SERVED: Settings = {
  mode: "served",
  allow_software: false,
  welcome_credit_micros: 0,
  fee_bps: 0,
  offline_grace_ms: 30_000,
};

/** A market that a test drives: intents in, events kept, time moved by hand. */
export class Rig {
  state: MarketState = emptyState();
  at = START_AT;
  readonly events: FeedEvent[] = [];
  /** Whether each decision is checked to leave the state alone. */
  watches_state = true;
  last_effects: Effects | null = null;
  /** What bidders told the registry alone, by bid. */
  readonly openings = new Map<string, { price_micros_per_hour: number; salt: string }>();

  constructor(settings: Partial<Settings> = {}) {
    this.#take(genesis(NODE, { ...SERVED, ...settings }), null);
  }

  /** The main event of an actor's intent. Throws what the market refuses it with. */
  act<T extends IntentType>(actor: string, type: T, body: IntentBody<T>): FeedEvent {
    return present(this.offer(intentOf(actor, type, body, this.at)).at(-1));
  }

  /** All events of an intent, which `decide` must draft twice alike without touching the state. */
  offer(intent: Intent): FeedEvent[] {
    const before = this.watches_state ? stateHash(this.state) : "";
    const decision = decide(this.state, intent, this.at);
    const again = decide(this.state, intent, this.at);
    assertEquals(plain(again), plain(decision), "decides twice alike");
    if (this.watches_state) assertEquals(stateHash(this.state), before, "deciding changes nothing");
    if ("refused" in decision) throw decision.refused;
    const last = decision.events.length - 1;
    return decision.events.map((draft, i) => this.#take(draft, i === last ? intent : null));
  }

  /** Records that the market refused an intent, as the sequencer does; returns the seq. */
  reject(intent: Intent, code: string, details: Record<string, unknown> = {}): number {
    return this.#take({ type: "intent.rejected", data: { code, details } }, intent).seq;
  }

  /** Lets time pass, with everything that becomes due in it; returns those events. */
  pass(ms: number): FeedEvent[] {
    const until = this.at + ms;
    const events: FeedEvent[] = [];
    for (let next = due(this.state, until); next !== undefined; next = due(this.state, until)) {
      this.at = next.at;
      events.push(this.#take(next.draft, null));
    }
    this.at = until;
    return events;
  }

  /** Types of the events from a seq on. */
  types(from_seq = 1): string[] {
    return this.events.slice(from_seq - 1).map(({ type }) => type);
  }

  deposit(to: string, amount_micros: number): void {
    this.act(NODE, "wallet.deposit", { to, amount_micros });
  }

  /** Registers a GPU of OWNER, proves it, and brings it online. */
  list(gpu_id: string, options: { owner?: string; price?: number; verdict?: Verdict } = {}): void {
    const { owner = OWNER, price = 3_600_000, verdict = verdictOf("verified") } = options;
    this.act(owner, "gpu.register", registration(gpu_id, price));
    this.act(NODE, "gpu.judge", judgement(gpu_id, verdict));
    this.act(NODE, "gpu.liveness", { gpu_id, online: true, last_seen: this.at });
  }

  /** Leases a GPU for a number of seconds at whatever it costs; returns the lease's id. */
  rent(gpu_id: string, duration_s: number, renter = RENTER): string {
    const event = this.act(renter, "lease.rent", rental(gpu_id, duration_s));
    assert(event.type === "lease.opened");
    return event.data.lease_id;
  }

  /** Queues a job on a GPU; returns its id. */
  submit(gpu_id: string, options: Partial<IntentBody<"job.submit">> = {}): string {
    const event = this.act(RENTER, "job.submit", { ...submission(gpu_id), ...options });
    assert(event.type === "job.submitted");
    return event.data.job_id;
  }

  /** Puts a GPU of OWNER's on auction, by default sealed second price for an hour; returns its id. */
  auction(gpu_id: string, options: Partial<IntentBody<"auction.start">> = {}): string {
    const event = this.act(OWNER, "auction.start", { ...auctionOf(gpu_id), ...options });
    assert(event.type === "auction.started");
    return event.data.auction_id;
  }

  /** Places an open bid on a GPU, or an order for a class; returns its id. */
  bid(bidder: string, options: Partial<IntentBody<"bid.place">>): string {
    const event = this.act(bidder, "bid.place", { ...BID, ...options });
    assert(event.type === "bid.placed");
    return event.data.bid_id;
  }

  /** Seals a bid at a price, which `openAll` tells; returns its id. */
  seal(bidder: string, auction_id: string, price: number, options: Sealing = {}): string {
    const opening = { price_micros_per_hour: price, salt: salted(price) };
    const event = this.act(bidder, "bid.seal", {
      auction_id,
      commitment: bidCommitment(auction_id, bidder, opening),
      quantity: options.quantity ?? 1,
      hold_micros: options.cap ?? 100_000_000,
    });
    assert(event.type === "bid.sealed");
    this.openings.set(event.data.bid_id, opening);
    return event.data.bid_id;
  }

  /** The registry opens all bids of a closed auction, and clears it; returns the clearing. */
  clear(auction_id: string): EventData["auction.cleared"] {
    const openings = bidsOfAuction(this.state, auction_id).flatMap(({ bid_id }) => {
      const opening = this.openings.get(bid_id);
      return opening === undefined ? [] : [{ bid_id, ...opening }];
    });
    for (let from = 0; from < openings.length; from += LIMITS.auction_openings) {
      const some = openings.slice(from, from + LIMITS.auction_openings);
      this.act(NODE, "auction.reveal", { auction_id, openings: some });
    }
    const event = this.act(NODE, "auction.clear", { auction_id });
    assert(event.type === "auction.cleared");
    return event.data;
  }

  auctionView(auction_id: string): AuctionView {
    return auctionView(present(this.state.auctions.get(auction_id)));
  }

  bidView(bid_id: string): BidView {
    return bidView(present(this.state.bids.get(bid_id)));
  }

  gpu(gpu_id: string): GpuView {
    return gpuView(this.state, present(this.state.gpus.get(gpu_id)));
  }

  lease(lease_id: string): LeaseView {
    return leaseView(this.state, present(this.state.leases.get(lease_id)));
  }

  job(job_id: string): JobView {
    return jobView(present(this.state.jobs.get(job_id)));
  }

  /** What an actor has: available, held, earned. */
  money(actor: string): [number, number, number] {
    const wallet = walletView(this.state, actor);
    return [wallet.available_micros, wallet.held_micros, wallet.earned_micros];
  }

  /** A GPU's provider stops answering, or answers again. */
  liveness(gpu_id: string, online: boolean, last_seen = this.at): void {
    this.act(NODE, "gpu.liveness", { gpu_id, online, last_seen });
  }

  #take(draft: EventDraft, intent: Intent | null): FeedEvent {
    const frame = { v: 1, seq: this.state.seq + 1, prev: GENESIS_PREV, at: this.at } as const;
    const event: FeedEvent = intent === null
      ? { ...frame, ...draft }
      : { ...frame, ...draft, intent: { intent, sig: "A".repeat(86) } };
    this.last_effects = evolve(this.state, event);
    this.events.push(event);
    return event;
  }
}

/** A decision without the stack of its refusal. */
export function plain(decision: Decision): unknown {
  if ("events" in decision) return decision.events;
  const { code, message, fix, details } = decision.refused;
  return { code, message, fix, details };
}

/** What must be there. */
export function present<T>(value: T | undefined): T {
  assertExists(value);
  return value;
}

/** Runs what the market must refuse, and returns the refusal. */
export function refusal(code: string, run: () => unknown): HorizonError {
  try {
    run();
  } catch (thrown) {
    if (!(thrown instanceof HorizonError)) throw thrown;
    assertEquals(thrown.code, code, thrown.message);
    return thrown;
  }
  fail(`it was not refused with ${code}`);
}

export function intentOf<T extends IntentType>(
  actor: string,
  type: T,
  body: IntentBody<T>,
  at: number,
): Intent {
  const dates = { issued_at: at, expires_at: at + 5 * MINUTE_MS };
  const intent = { v: 1, id: newId(at), type, actor, registry: NODE, ...dates, body };
  return intent as unknown as Intent;
}

export function verdictOf(verdict: Verdict["verdict"]): Verdict {
  const figures = { gops: 9_000, elapsed_ms: 15, m: 4096, k: 4096, n: 4096 };
  return { verdict, class: CLASS, reason: "", figures, contradicts: [], step: null };
}

export function registration(gpu_id: string, price: number): IntentBody<"gpu.register"> {
  const spread = { median: 1.5, p10: 1, p90: 2 };
  return {
    gpu_id,
    gpu_type: CLASS,
    vram_gb: 24,
    price_micros_per_hour: price,
    adapter: { vendor: "", architecture: "", device: "", description: "", is_fallback: false },
    performance: {
      self_reported: true,
      measured_at: START_AT,
      fp32_gflops: spread,
      fp16_gflops: null,
      u32_gops: spread,
      memory_gbps: spread,
      upload_gbps: spread,
      download_gbps: spread,
      launch_us: spread,
    },
  };
}

export function judgement(gpu_id: string, verdict: Verdict): IntentBody<"gpu.judge"> {
  const challenge_id = newId(START_AT);
  return { gpu_id, challenge_id, verdict, root: HASH, indices: [1, 2], answer_sha256: HASH };
}

export function rental(gpu_id: string, duration_s: number): IntentBody<"lease.rent"> {
  const expected = { verdict: "verified", class: CLASS } as const;
  return { gpu_id, duration_s, max_price_micros_per_hour: 0xffff_ffff, expected };
}

export function submission(gpu_id: string): IntentBody<"job.submit"> {
  return {
    gpu_id,
    kind: "wgsl",
    bundle: HASH,
    limits: { time_s: 600, memory_mb: 1024, vram_mb: 1024, output_mb: 64 },
    retry: { attempts: 0, on: ["lost"] },
  };
}

interface Sealing {
  quantity?: number;
  cap?: number;
}

/** A bid on nothing yet, at a dollar an hour, for an hour. */
export const BID: IntentBody<"bid.place"> = {
  gpu_id: null,
  where: null,
  price_micros_per_hour: DOLLAR,
  quantity: 1,
  duration_s: 3600,
  expires_at: null,
};

/** A second-price auction for an hour, open for ten minutes, reserve a tenth of a dollar. */
export function auctionOf(gpu_id: string): IntentBody<"auction.start"> {
  return {
    gpu_id,
    format: "second-price",
    units: 1,
    duration_s: 3600,
    reserve_micros_per_hour: DOLLAR / 10,
    timeout_ms: 10 * MINUTE_MS,
  };
}

function salted(price: number): string {
  return price.toString(16).padStart(32, "0");
}
