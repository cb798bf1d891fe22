import type { Verdict } from "../../src/protocol/gpu.ts";
import { type Auction, leastEnglishBid } from "../../src/market/market.ts";
import { AUCTION_FORMATS } from "../../src/protocol/auction.ts";
import { bidCommitment } from "../../src/protocol/bid_commitment.ts";
import type { Intent, IntentBody, IntentType } from "../../src/protocol/intent.ts";
import type { Random } from "../random.ts";
import { PLAIN_FILTERS } from "./plain_bids.ts";
import {
  actorId,
  CLASS,
  HASH,
  intentOf,
  judgement,
  NODE,
  OTHER,
  OWNER,
  registration,
  RENTER,
  type Rig,
  submission,
  verdictOf,
} from "./rig.ts";
import { encodeBulkBids } from "../../src/protocol/bulk_bids.ts";

const ACTORS = [OWNER, RENTER, OTHER, NODE] as const;
const ELSEWHERE = actorId("E");
const GPUS = ["a", "b", "c"] as const;
const KINDS: IntentBody<"gpu.offer">["kinds"][] = [["wgsl"], ["wgsl", "onnx"]];
const VERDICTS: Verdict["verdict"][] = [
  ...Array.from({ length: 8 }, () => "verified" as const),
  "software",
  "failed",
];
const NODE_TYPES: ReadonlySet<IntentType> = new Set<IntentType>([
  "wallet.deposit",
  "gpu.judge",
  "gpu.liveness",
  "gpu.move_refuse",
  "job.lose",
  "node.settings",
  "auction.reveal",
  "auction.clear",
  "market.clear",
]);

/** What a sealed bid's bidder knows. */
interface Secret {
  price_micros_per_hour: number;
  salt: string;
}

/** Sensible and senseless intents about a few GPUs, leases, jobs, auctions and bids. */
export class RandomIntents {
  readonly #random: Random;
  readonly #rig: Rig;
  /** Openings by commitment. */
  readonly #secrets = new Map<string, Secret>();
  readonly #types: readonly IntentType[];

  constructor(random: Random, rig: Rig) {
    this.#random = random;
    this.#types = random.below(2) === 0 ? RENTING : BIDDING;
    this.#rig = rig;
  }

  next(): Intent {
    const type = this.pick(this.#types);
    // Mostly one who may, so that things happen.
    const isNode = NODE_TYPES.has(type) && this.#random.below(20) > 0;
    const actor = isNode ? NODE : this.pick(ACTORS);
    return this.#make(actor, type);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.#random.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  #make(actor: string, type: IntentType): Intent {
    const make = <T extends IntentType>(type: T, body: IntentBody<T>, by = actor) =>
      intentOf(by, type, body, this.#rig.at);
    const gpu_id = this.#random.below(30) === 0 ? "none" : this.pick(GPUS);
    const lease_id = this.#id("lease_", this.#rig.state.leases.keys());
    const job_id = this.#id("job_", this.#rig.state.jobs.keys());
    const job = this.#rig.state.jobs.get(job_id);
    const lease = this.#rig.state.leases.get(lease_id);
    const bid_id = this.#id("bid_", this.#rig.state.bids.keys());
    const bid = this.#rig.state.bids.get(bid_id);
    const isWild = this.#random.below(10) === 0;
    const provider = isWild ? actor : job?.provider ?? actor;
    const renter = isWild ? actor : lease?.renter ?? actor;
    const bidder = isWild ? actor : this.pick([RENTER, OTHER]);
    const attempt = isWild ? 2 : job?.attempt ?? 1;
    const duration_s = this.pick([60, 61, 90, 301, 1800]);
    switch (type) {
      case "gpu.register":
        return make(type, this.#registration(gpu_id), isWild ? actor : OWNER);
      case "gpu.leave":
        return make(type, this.#departure(gpu_id), isWild ? actor : OWNER);
      case "gpu.move_refuse":
        return make(type, { gpu_id: this.#moving() ?? gpu_id, reason: "its home is alive" });
      case "gpu.update":
        return make(type, { gpu_id, price_micros_per_hour: this.#price() });
      case "gpu.deregister":
        return make(type, { gpu_id, force: this.#random.below(2) === 0 });
      case "lease.rent":
        return make(type, this.#rental(gpu_id, duration_s));
      case "lease.end":
        return make(type, { lease_id });
      case "lease.extend":
        return make(type, { lease_id, duration_s }, renter);
      case "job.submit":
        return make(type, { ...submission(lease?.gpu_id ?? gpu_id), ...this.#terms() }, renter);
      case "job.cancel":
        return make(type, { job_id });
      case "job.claim":
        return make(type, { job_id }, provider);
      case "job.start":
        return make(type, { job_id, attempt }, provider);
      case "job.checkpoint":
        return make(type, { job_id, attempt, checkpoint: HASH }, provider);
      case "job.attest":
        return make(type, this.#statement(job_id), isWild ? actor : job?.renter ?? actor);
      case "gpu.offer":
        return make(type, { gpu_id, kinds: this.pick(KINDS) }, isWild ? actor : OWNER);
      case "job.finish":
        return make(type, { job_id, attempt, ...this.#outcome() }, provider);
      case "auction.start":
        return make(type, this.#auction(gpu_id), isWild ? actor : OWNER);
      case "auction.end":
        return make(type, { auction_id: this.#auctionId() }, isWild ? actor : OWNER);
      case "auction.reveal":
        return make(type, this.#reveal());
      case "auction.clear":
        return make(type, { auction_id: this.#auctionId("closed") });
      case "bid.place":
        return make(type, this.#bid(gpu_id), bidder);
      case "bid.bulk":
        return make(type, this.#bulk(), bidder);
      case "bid.seal":
        return make(type, this.#seal(bidder), bidder);
      case "bid.cancel":
        return make(type, { bid_id }, isWild ? actor : bid?.bidder ?? actor);
      case "market.clear":
        return make(type, {});
      case "wallet.deposit":
        return make(type, {
          to: this.pick(ACTORS),
          amount_micros: 1 + this.#random.below(2_000_000),
        });
      case "gpu.challenge":
        return make(type, { gpu_id, max_fee_micros: this.pick([0, 5_000, 1_000_000]) });
      case "gpu.judge":
        return make(type, judgement(gpu_id, verdictOf(this.pick(VERDICTS))));
      case "gpu.liveness":
        return make(type, { gpu_id, online: this.#random.below(4) > 0, last_seen: this.#past() });
      case "job.lose":
        return make(type, { job_id, reason: "gone", side: "provider" });
      case "node.settings":
        return make(type, this.#settings());
      case "node.gap":
        return make(type, { from: this.#rig.state.at, to: this.#rig.at });
    }
  }

  #moving(): string | undefined {
    return [...this.#rig.state.gpus.values()].find(({ arrival }) => arrival !== null)?.gpu_id;
  }

  #registration(gpu_id: string): IntentBody<"gpu.register"> {
    const plain = registration(gpu_id, this.#price());
    const { gpus, departures } = this.#rig.state;
    const known = gpus.get(gpu_id)?.home_epoch ?? departures.get(gpu_id)?.home_epoch ?? 1;
    const isMove = this.#random.below(departures.has(gpu_id) ? 8 : 3) > 0;
    if (!isMove) return plain;
    const home_epoch = Math.max(2, known + this.pick([-1, 0, 1, 1, 1, 2]));
    const left_seq = this.pick([null, 7]);
    return {
      ...plain,
      moved: { from: this.pick([ELSEWHERE, ELSEWHERE, NODE]), home_epoch, left_seq },
    };
  }

  #departure(gpu_id: string): IntentBody<"gpu.leave"> {
    const known = this.#rig.state.gpus.get(gpu_id)?.home_epoch ?? 1;
    return {
      gpu_id,
      to: this.pick([ELSEWHERE, ELSEWHERE, ELSEWHERE, NODE]),
      home_epoch: known + 1,
    };
  }

  #id(prefix: string, known: Iterable<string>): string {
    // Mostly one of the latest, so that it is still under way.
    const ids = [...known].slice(-4);
    return ids.length === 0 || this.#random.below(20) === 0 ? `${prefix}999` : this.pick(ids);
  }

  #auction(gpu_id: string): IntentBody<"auction.start"> {
    // More of the open ones, whose soft close takes a bid in the last minute.
    const format = this.pick([...AUCTION_FORMATS, "english" as const]);
    return {
      gpu_id,
      format,
      units: format === "uniform" ? 1 + this.#random.below(3) : 1,
      duration_s: this.pick([60, 301]),
      reserve_micros_per_hour: this.pick([null, 0, 3_000_000]),
      timeout_ms: this.pick([5_000, 30_000, 600_000]),
    };
  }

  #auctionId(state: "open" | "closed" = "open"): string {
    const ids = [...this.#rig.state.auctions.values()].filter((auction) => auction.state === state)
      .map(({ auction_id }) => auction_id);
    return this.#id("auction_", ids);
  }

  #bid(gpu_id: string): IntentBody<"bid.place"> {
    const english = [...this.#rig.state.auctions.values()]
      .filter(({ state, format }) => state === "open" && format === "english");
    if (english.length > 0 && this.#random.below(4) > 0) return this.#raise(this.pick(english));
    const isOrder = this.#random.below(3) === 0;
    return {
      gpu_id: isOrder ? null : gpu_id,
      where: isOrder ? this.pick(Object.keys(PLAIN_FILTERS)) : null,
      price_micros_per_hour: this.pick([0, 1, 3_500_000, 3_600_000, 4_000_000, 8_000_000]),
      quantity: isOrder ? 1 + this.#random.below(3) : 1,
      duration_s: this.#random.below(9) === 0 ? null : this.pick([60, 61, 301]),
      expires_at: this.#random.below(2) === 0 ? null : this.#rig.at + this.pick([0, 1_000, 90_000]),
    };
  }

  /** One order to three, by the same filters. */
  #bulk(): IntentBody<"bid.bulk"> {
    const where = Object.keys(PLAIN_FILTERS);
    const bids = Array.from({ length: 1 + this.#random.below(3) }, () => ({
      price_micros_per_hour: this.pick([0, 1, 3_500_000, 4_000_000, 8_000_000]),
      duration_s: this.pick([60, 61, 301]),
      quantity: 1 + this.#random.below(3),
      where: this.#random.below(where.length),
    }));
    const expires_at = this.#random.below(2) === 0 ? null : this.#rig.at + this.pick([0, 90_000]);
    return { where, bids: encodeBulkBids(bids), expires_at };
  }

  /** A bid around the least that an English auction takes. */
  #raise(auction: Auction): IntentBody<"bid.place"> {
    return {
      gpu_id: auction.gpu_ids[0] ?? null,
      where: null,
      price_micros_per_hour: Math.max(0, leastEnglishBid(auction) + this.pick([-1, 0, 100_000])),
      quantity: 1,
      duration_s: null,
      expires_at: null,
    };
  }

  #seal(bidder: string): IntentBody<"bid.seal"> {
    const auction_id = this.#auctionId();
    const price_micros_per_hour = this.pick([0, 2_999_999, 3_600_000, 4_000_000, 7_777_777]);
    const secret = {
      price_micros_per_hour,
      salt: String(this.#random.below(1e9)).padStart(32, "0"),
    };
    const commitment = bidCommitment(auction_id, bidder, secret);
    this.#secrets.set(commitment, secret);
    const quantity = this.pick([1, 1, 1, 2]);
    return { auction_id, commitment, quantity, hold_micros: this.pick([60_000, 130_000, 800_000]) };
  }

  /** Most of the bids of a closed auction that are still sealed. */
  #reveal(): IntentBody<"auction.reveal"> {
    const auction_id = this.#auctionId("closed");
    const openings = [...this.#rig.state.bids.values()].flatMap((bid) => {
      const secret = this.#secrets.get(bid.commitment ?? "");
      const isSealed = bid.auction_id === auction_id && bid.price_micros_per_hour === null;
      if (!isSealed || secret === undefined || this.#random.below(8) === 0) return [];
      return [{ bid_id: bid.bid_id, ...secret }];
    });
    const none = { bid_id: "bid_999", price_micros_per_hour: 1, salt: "0".repeat(32) };
    return { auction_id, openings: openings.length === 0 ? [none] : openings };
  }

  #price(): number {
    return this.pick([0, 1, 3599, 3_600_000, 7_777_777]);
  }

  #past(): number {
    return Math.max(0, this.#rig.at - this.pick([0, 0, 1_000, 15_500, 70_000]));
  }

  #rental(gpu_id: string, duration_s: number): IntentBody<"lease.rent"> {
    const verdict = this.#random.below(10) === 0 ? "software" : "verified";
    const max_price_micros_per_hour = this.#random.below(6) === 0 ? this.#price() : 9_000_000;
    return { gpu_id, duration_s, max_price_micros_per_hour, expected: { verdict, class: CLASS } };
  }

  #terms(): Omit<IntentBody<"job.submit">, "gpu_id" | "bundle"> {
    const time_s = this.pick([1, 10, 100]);
    const limits = { time_s, memory_mb: 64, vram_mb: 1, output_mb: 1 };
    const retry: IntentBody<"job.submit">["retry"] = {
      attempts: this.#random.below(3),
      on: ["lost", "failed"],
    };
    const kind = this.#random.below(5) === 0 ? "onnx" : "wgsl";
    const terms = { kind, limits, retry } as const;
    if (this.#random.below(3) === 0) return terms;
    const failover = this.#random.below(3) === 0 ? null : {
      where: this.pick(["price<9", "type~3090", "verdict=software"]),
      max_price_micros_per_hour: this.pick([this.#price(), 9_000_000]),
    };
    return { ...terms, failover, priority: this.#random.below(10) };
  }

  #statement(job_id: string): IntentBody<"job.attest"> {
    const replay = this.#id("job_", this.#rig.state.jobs.keys());
    const isLocal = this.#random.below(2) === 0;
    const agrees = this.#random.below(2) === 0;
    return {
      job_id,
      result: HASH,
      agrees,
      on: isLocal ? "local" : "gpu",
      gpu_id: isLocal ? null : this.#rig.state.jobs.get(replay)?.gpu_id ?? "none",
      replay: isLocal ? null : replay,
      adapter: "some",
      exact: 3,
      tolerant: 1,
      differing: agrees ? 0 : 2,
      tolerance: { absolute: 1e-5, relative: 0 },
    };
  }

  #outcome(): Pick<IntentBody<"job.finish">, "outcome" | "reason" | "side" | "result"> {
    return this.#random.below(2) === 0
      ? { outcome: "succeeded", reason: "done", side: null, result: HASH }
      : { outcome: "failed", reason: "crash", side: "provider", result: null };
  }

  #settings(): IntentBody<"node.settings"> {
    return {
      mode: this.#random.below(4) === 0 ? "embedded" : "served",
      allow_software: this.#random.below(2) === 0,
      welcome_credit_micros: this.pick([0, 100_000]),
      fee_bps: this.pick([0, 33, 250, 10_000]),
      offline_grace_ms: this.pick([0, 30_000]),
      move_wait_ms: this.pick([0, 20_000, 400_000]),
      ...badgeSettings(this.#random),
    };
  }
}

/** Settings of badges and complaints: mostly some. */
export function badgeSettings(random: Random): Partial<IntentBody<"node.settings">> {
  const badge_life_ms = [90_000, 90_000, 700_000, null][random.below(4)] ?? null;
  const challenge_fee_micros = [5_000, 5_000, 300_000, null][random.below(4)] ?? null;
  return {
    ...(badge_life_ms === null ? {} : { badge_life_ms }),
    ...(challenge_fee_micros === null ? {} : { challenge_fee_micros }),
  };
}

/** Types by how often they are drawn: mostly leases and jobs. */
const RENTING: readonly IntentType[] = [
  ...many("lease.rent", 9),
  ...many("gpu.liveness", 3),
  ...many("gpu.register", 2),
  ...many("gpu.leave", 1),
  ...many("gpu.move_refuse", 2),
  ...many("gpu.judge", 3),
  ...many("gpu.challenge", 3),
  ...many("wallet.deposit", 3),
  ...many("job.submit", 10),
  ...many("job.claim", 9),
  ...many("job.start", 9),
  ...many("job.checkpoint", 2),
  ...many("job.finish", 3),
  ...many("job.attest", 2),
  ...many("gpu.offer", 1),
  ...many("lease.extend", 2),
  ...many("lease.end", 1),
  ...many("job.cancel", 1),
  ...many("job.lose", 1),
  ...many("gpu.update", 1),
  ...many("gpu.deregister", 1),
  ...many("node.settings", 1),
  ...many("bid.place", 3),
  ...many("bid.bulk", 1),
  ...many("bid.cancel", 1),
  ...many("market.clear", 2),
];

/** The same where GPUs are mostly sold by auction. */
const BIDDING: readonly IntentType[] = [
  ...many("auction.start", 5),
  ...many("auction.end", 1),
  ...many("auction.reveal", 4),
  ...many("auction.clear", 2),
  ...many("bid.place", 12),
  ...many("bid.seal", 12),
  ...many("bid.cancel", 1),
  ...many("market.clear", 2),
  ...many("lease.end", 3),
  ...many("lease.rent", 1),
  ...many("gpu.liveness", 3),
  ...many("gpu.update", 2),
  ...many("gpu.judge", 2),
  ...many("gpu.challenge", 1),
  ...many("gpu.register", 2),
  ...many("gpu.leave", 1),
  ...many("gpu.move_refuse", 1),
  ...many("gpu.deregister", 2),
  ...many("node.settings", 1),
];

function many(type: IntentType, times: number): IntentType[] {
  return Array.from({ length: times }, () => type);
}
