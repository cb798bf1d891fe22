import type { BidOpening } from "../protocol/auction.ts";
import type { EventData, FeedEvent } from "../protocol/feed.ts";
import type { Verdict } from "../protocol/gpu.ts";
import type { Settings } from "../protocol/intent.ts";
import { isListed } from "./listing.ts";

type EventOf<T extends FeedEvent["type"]> = Extract<FeedEvent, { type: T }>;

/** A bid as the feed has it: the event that its bidder signed, and what entering made of its hold. */
export interface BidFacts {
  placed: EventOf<"bid.placed"> | EventOf<"bid.sealed">;
  hold_micros: number;
  /** How it left the auction before the clearing, if it did. */
  ended: EventData["bid.ended"]["state"] | null;
}

/** What the feed says of one auction. */
export interface AuctionFacts {
  started: EventData["auction.started"] | null;
  cleared: EventOf<"auction.cleared"> | null;
  /** Bids that entered it, by id. */
  bids: Map<string, BidFacts>;
  /** Ids of bids that entered it, but whose placing isn't among the events. */
  unknown: string[];
  openings: BidOpening[];
  /** GPUs that could be let at the clearing. */
  units: number;
  /** The first event after each gap in the events. */
  gaps: number[];
}

/** Reads the events from the first on to the clearing of an auction, or to the last. */
export function readAuction(events: readonly FeedEvent[], auction_id: string): AuctionFacts {
  const reader = new Reader(auction_id);
  for (const event of events) {
    reader.take(event);
    if (reader.facts.cleared !== null) break;
  }
  return reader.facts;
}

class Reader {
  readonly facts: AuctionFacts = {
    started: null,
    cleared: null,
    bids: new Map(),
    unknown: [],
    openings: [],
    units: 0,
    gaps: [],
  };
  readonly #auction_id: string;
  readonly #gpus = new GpuWatch();
  /** Bids at rest, which may enter. */
  readonly #resting = new Map<string, EventOf<"bid.placed">>();
  #seq: number | null = null;

  constructor(auction_id: string) {
    this.#auction_id = auction_id;
  }

  take(event: FeedEvent): void {
    if (this.#seq !== null && event.seq !== this.#seq + 1) this.facts.gaps.push(event.seq);
    this.#seq = event.seq;
    this.#gpus.take(event);
    if (event.type === "bid.placed" && event.data.auction_id === null) {
      this.#resting.set(event.data.bid_id, event);
    } else if (event.type === "bid.ended") {
      const bid = this.facts.bids.get(event.data.bid_id);
      if (bid !== undefined) bid.ended = event.data.state;
    } else if ("auction_id" in event.data && event.data.auction_id === this.#auction_id) {
      this.#takeOwn(event);
    }
  }

  #takeOwn(event: FeedEvent): void {
    const { facts } = this;
    switch (event.type) {
      case "auction.started":
        facts.started = event.data;
        return;
      case "bid.placed":
      case "bid.sealed":
        return this.#enter(event, event.data.hold_micros);
      case "bid.entered": {
        const placed = this.#resting.get(event.data.bid_id);
        if (placed === undefined) facts.unknown.push(event.data.bid_id);
        else this.#enter(placed, event.data.hold_micros);
        return;
      }
      case "auction.revealed":
        facts.openings.push(...event.data.openings);
        return;
      case "auction.cleared":
        facts.units = facts.started?.gpu_ids.filter((id) => this.#gpus.canBeLet(id)).length ?? 0;
        facts.cleared = event;
    }
  }

  #enter(placed: BidFacts["placed"], hold_micros: number): void {
    this.facts.bids.set(placed.data.bid_id, { placed, hold_micros, ended: null });
  }
}

/** Which GPUs can be let. What the events don't tell is as an auction's start demands it. */
class GpuWatch {
  #settings: Settings | null = null;
  readonly #online = new Map<string, boolean>();
  readonly #verdicts = new Map<string, Verdict | null>();
  /** Those whose badge has expired. */
  readonly #expired = new Set<string>();

  take(event: FeedEvent): void {
    switch (event.type) {
      case "genesis":
        this.#settings = event.data.settings;
        return;
      case "settings.changed":
        this.#settings = event.data;
        return;
      case "gpu.registered":
        this.#verdicts.set(event.data.gpu_id, null);
        this.#expired.delete(event.data.gpu_id);
        if (!this.#online.has(event.data.gpu_id)) this.#online.set(event.data.gpu_id, false);
        return;
      case "gpu.deregistered":
      case "gpu.left":
      case "gpu.move_refused":
        this.#online.delete(event.data.gpu_id);
        return;
      case "gpu.judged":
        this.#verdicts.set(event.data.gpu_id, event.data.verdict);
        this.#expired.delete(event.data.gpu_id);
        return;
      case "gpu.expired":
        this.#expired.add(event.data.gpu_id);
        return;
      case "gpu.online":
      case "gpu.offline":
        this.#online.set(event.data.gpu_id, event.type === "gpu.online");
    }
  }

  canBeLet(gpu_id: string): boolean {
    const isOnline = this.#settings?.mode === "embedded" || this.#online.get(gpu_id) !== false;
    const verdict = this.#verdicts.get(gpu_id);
    if (this.#expired.has(gpu_id)) return false;
    if (verdict === undefined) return isOnline;
    if (verdict === null) return false;
    // Without settings a software GPU was listed, as the start says.
    const settings = this.#settings ?? { allow_software: true };
    return isOnline && isListed(verdict, settings);
  }
}
