import { assert, assertEquals } from "@std/assert";
import type { EventData, FeedEvent, LeaseOpening } from "../../src/protocol/feed.ts";
import { heldFor, type PlainGpu, type PlainMarket } from "./reference.ts";
import { present } from "./rig.ts";
import { decodeBulkBids } from "../../src/protocol/bulk_bids.ts";

interface PlainAuction {
  format: string;
  gpu_ids: string[];
  owner: string;
  duration_s: number;
  reserve: bigint;
  ends_at: number;
  open: boolean;
}

interface PlainBid {
  bid_id: string;
  n: number;
  bidder: string;
  gpu_id: string | null;
  where: string | null;
  auction_id: string | null;
  price: bigint | null;
  /** Units still wanted. */
  quantity: number;
  duration_s: number;
  hold: bigint;
  expires_at: number | null;
}

/** The filters of random orders, in plain words. */
export const PLAIN_FILTERS: Record<string, (gpu_id: string, gpu: PlainGpu) => boolean> = {
  "vram_gb>=24": () => true,
  "gpu_id!=a price<2": (gpu_id, { price }) => gpu_id !== "a" && price < 2_000_000n,
  "gpu_id=b": (gpu_id) => gpu_id === "b",
  "vram_gb>24": () => false,
};

/**
 * Auctions, bids and orders once more, by lists that are sorted whenever somebody is to be chosen.
 * What an event says is compared with what follows from the ones before.
 */
export class PlainBids {
  readonly open = new Map<string, PlainBid>();
  readonly auctions = new Map<string, PlainAuction>();
  readonly #market: PlainMarket;

  constructor(market: PlainMarket) {
    this.#market = market;
  }

  take(event: FeedEvent, previous_at: number): void {
    switch (event.type) {
      case "auction.started":
        return this.#start(event.data);
      case "auction.extended":
        this.#auction(event.data.auction_id).ends_at = event.data.ends_at;
        return;
      case "auction.closed":
        return this.#close(event, previous_at);
      case "auction.revealed":
        for (const { bid_id, price_micros_per_hour } of event.data.openings) {
          this.#bid(bid_id).price = BigInt(price_micros_per_hour);
        }
        return;
      case "auction.cleared":
        return this.#clear(event.data);
      case "auction.cancelled":
        for (const bid of this.standing(event.data.auction_id)) this.#end(bid);
        return this.#over(event.data.auction_id);
      case "bid.placed":
        return this.#place(event.data);
      case "bids.placed":
        return this.#placeBulk(event);
      case "bid.sealed":
        return this.#seal(event.data);
      case "bid.entered":
        return this.#enter(event.data);
      case "bid.filled":
        return this.#fill(event.data);
      case "bid.ended":
        return this.#endEarly(event.data);
      case "market.cleared":
        for (const order of this.#orders()) assertEquals(this.#choices(order), []);
    }
  }

  /** What an actor's open bids hold. */
  heldBy(actor: string): bigint {
    return [...this.open.values()].filter(({ bidder }) => bidder === actor)
      .reduce((sum, { hold }) => sum + hold, 0n);
  }

  /** Nobody waits for what they could have. */
  checkSettled(): void {
    for (const [gpu_id, gpu] of this.#market.gpus) {
      const best = this.#resting(gpu_id)[0];
      if (best === undefined || !this.#market.isFree(gpu)) continue;
      assert((best.price ?? 0n) < gpu.price, `${best.bid_id} waits for ${gpu_id}`);
    }
    for (const { gpu_id, expires_at, auction_id } of this.open.values()) {
      if (auction_id !== null) continue;
      assert(
        gpu_id === null || this.#market.gpus.has(gpu_id),
        "a bid waits for a GPU that is gone",
      );
      assert(expires_at === null || expires_at > this.#market.at, "a bid outlived its expiry");
    }
  }

  /** Bids that stand in an auction, the oldest first. */
  standing(auction_id: string): PlainBid[] {
    return [...this.open.values()].filter((bid) => bid.auction_id === auction_id)
      .sort((a, b) => a.n - b.n);
  }

  #start(data: EventData["auction.started"]): void {
    const { auction_id, gpu_ids, ends_at, duration_s, format, owner } = data;
    assertEquals(gpu_ids.length, data.units);
    for (const gpu_id of gpu_ids) {
      const gpu = present(this.#market.gpus.get(gpu_id));
      assert(this.#market.isFree(gpu) && gpu.owner === owner);
      gpu.auction_id = auction_id;
    }
    const reserve = BigInt(data.reserve_micros_per_hour);
    const auction = { format, gpu_ids, owner, duration_s, reserve, ends_at, open: true };
    this.auctions.set(auction_id, auction);
  }

  #close(
    { at, data, intent }: Extract<FeedEvent, { type: "auction.closed" }>,
    previous_at: number,
  ) {
    const auction = this.#auction(data.auction_id);
    if (intent === undefined) assertEquals(at, Math.max(auction.ends_at, previous_at));
    auction.open = false;
  }

  /** The outcome by sorting, and what it does to everybody's money. */
  #clear(data: EventData["auction.cleared"]): void {
    const auction = this.#auction(data.auction_id);
    const bids = this.standing(data.auction_id);
    const gpus = auction.gpu_ids.filter((gpu_id) => {
      const gpu = present(this.#market.gpus.get(gpu_id));
      return this.#market.isListed(gpu) && this.#market.isOnline(gpu);
    });
    const counted = bids.filter(({ price, quantity, hold }) =>
      price !== null && price >= auction.reserve &&
      heldFor(price, auction.duration_s) * BigInt(quantity) <= hold
    );
    assertEquals(
      new Set(data.dropped.map(({ bid_id }) => bid_id)),
      new Set(bids.filter((bid) => !counted.includes(bid)).map(({ bid_id }) => bid_id)),
    );
    const { price, units } = outcomeOf(auction, counted, gpus.length);
    const won = data.fills.map(({ bid_id, leases }) => [bid_id, leases.length]);
    assertEquals(
      won,
      counted.map(({ bid_id }) => [bid_id, units.get(bid_id) ?? 0]).filter(([, n]) => n !== 0),
    );
    assertEquals(data.price_micros_per_hour, price === null ? null : Number(price));
    this.#over(data.auction_id);
    const taken = data.fills.flatMap(({ leases }) => leases.map(({ gpu_id }) => gpu_id));
    assertEquals(taken, gpus.slice(0, taken.length));
    for (const { bid_id, leases } of data.fills) {
      const bid = this.#bid(bid_id);
      for (const lease of leases) this.#lease(bid, lease, present(price ?? undefined));
    }
    for (const bid of bids) this.#end(bid);
  }

  #over(auction_id: string): void {
    for (const gpu_id of this.#auction(auction_id).gpu_ids) {
      const gpu = this.#market.gpus.get(gpu_id);
      if (gpu !== undefined) gpu.auction_id = null;
    }
    this.auctions.delete(auction_id);
  }

  #place(data: EventData["bid.placed"]): void {
    const { bid_id, bidder, gpu_id, where, auction_id, quantity, duration_s, expires_at } = data;
    const price = BigInt(data.price_micros_per_hour);
    const hold = heldFor(price, duration_s) * BigInt(quantity);
    assertEquals(BigInt(data.hold_micros), hold);
    if (auction_id !== null) this.#checkEnglish(auction_id, price);
    this.#market.hold(bidder, hold);
    const shown = { bid_id, bidder, gpu_id, where, auction_id, quantity, duration_s, expires_at };
    this.open.set(bid_id, { ...shown, n: numberIn(bid_id), price, hold });
  }

  /** Each bid of a bulk as if it were alone. */
  #placeBulk({ data, intent: carried }: Extract<FeedEvent, { type: "bids.placed" }>): void {
    const intent = carried?.intent;
    assert(intent?.type === "bid.bulk");
    const { bid_id: prefix, bidder, expires_at } = data;
    for (const [i, { where, ...terms }] of decodeBulkBids(intent.body.bids).entries()) {
      const { price_micros_per_hour, duration_s, quantity } = terms;
      const hold = heldFor(BigInt(price_micros_per_hour), duration_s) * BigInt(quantity);
      const bid_id = `${prefix}-${i + 1}`;
      const shown = { bid_id, bidder, gpu_id: null, where: intent.body.where[where] ?? "" };
      const rest = { auction_id: null, expires_at, hold_micros: Number(hold), ...terms };
      this.#place({ ...shown, ...rest });
    }
  }

  /** The one before has left: an English auction has one bid at a time, at the reserve or above. */
  #checkEnglish(auction_id: string, price: bigint): void {
    const { open, format, reserve } = this.#auction(auction_id);
    assert(open && format === "english" && price >= reserve);
    assertEquals(this.standing(auction_id), []);
  }

  #seal({ bid_id, bidder, auction_id, quantity, hold_micros }: EventData["bid.sealed"]): void {
    const { open, format, duration_s, owner } = this.#auction(auction_id);
    assert(open && format !== "english");
    assert(owner !== bidder || this.#market.settings.mode === "embedded");
    const hold = BigInt(hold_micros);
    this.#market.hold(bidder, hold);
    const blank = { gpu_id: null, where: null, price: null, expires_at: null };
    const shown = { bid_id, bidder, auction_id, quantity, duration_s, hold, ...blank };
    this.open.set(bid_id, { ...shown, n: numberIn(bid_id) });
  }

  #enter({ bid_id, auction_id, duration_s, hold_micros }: EventData["bid.entered"]): void {
    const bid = this.#bid(bid_id);
    const { open, format, gpu_ids, reserve } = this.#auction(auction_id);
    assertEquals(bid, this.#resting(bid.gpu_id ?? "")[0], "the best goes first");
    assert(open && bid.auction_id === null && gpu_ids.includes(bid.gpu_id ?? ""));
    assert((bid.price ?? 0n) >= reserve);
    if (format === "english") assertEquals(this.standing(auction_id), []);
    const hold = heldFor(bid.price ?? 0n, duration_s);
    assertEquals(BigInt(hold_micros), hold);
    this.#market.release(bid.bidder, bid.hold < hold ? 0n : bid.hold - hold);
    this.#market.hold(bid.bidder, bid.hold < hold ? hold - bid.hold : 0n);
    Object.assign(bid, { auction_id, duration_s, hold });
  }

  #fill({ bid_id, leases }: EventData["bid.filled"]): void {
    const bid = this.#bid(bid_id);
    if (bid.where === null) assertEquals(bid, this.#resting(bid.gpu_id ?? "")[0]);
    else this.#checkTurn(bid, leases);
    const unit = heldFor(bid.price ?? 0n, bid.duration_s);
    for (const lease of leases) {
      const gpu = present(this.#market.gpus.get(lease.gpu_id));
      assert(this.#market.isFree(gpu) && (bid.price ?? 0n) >= gpu.price);
      const kept = bid.hold - unit;
      this.#lease(bid, lease, gpu.price);
      this.#market.release(bid.bidder, bid.hold - kept);
      bid.hold = kept;
      bid.quantity--;
    }
    if (bid.quantity === 0) this.#end(bid);
  }

  /** In a round it is the first order's turn that finds a GPU, and it takes its cheapest. */
  #checkTurn(bid: PlainBid, leases: LeaseOpening[]): void {
    const first = this.#orders().find((order) => this.#choices(order).length > 0);
    assertEquals(first?.bid_id, bid.bid_id);
    const choices = this.#choices(bid).slice(0, bid.quantity);
    assertEquals(leases.map(({ gpu_id }) => gpu_id), choices);
  }

  #orders(): PlainBid[] {
    return [...this.open.values()].filter(({ where }) => where !== null).sort(isBefore);
  }

  /** Free GPUs that an order may have, the cheapest first. */
  #choices({ where, bidder, price }: PlainBid): string[] {
    const admits = present(PLAIN_FILTERS[where ?? ""]);
    return [...this.#market.gpus].filter(([gpu_id, gpu]) =>
      this.#market.isFree(gpu) && gpu.price <= (price ?? 0n) && admits(gpu_id, gpu) &&
      (gpu.owner !== bidder || this.#market.settings.mode === "embedded")
    ).sort(([a, x], [b, y]) => Number(x.price - y.price) || (a < b ? -1 : 1))
      .map(([gpu_id]) => gpu_id);
  }

  #resting(gpu_id: string): PlainBid[] {
    return [...this.open.values()].filter((bid) => bid.gpu_id === gpu_id && bid.auction_id === null)
      .sort(isBefore);
  }

  #endEarly({ bid_id, state, reason }: EventData["bid.ended"]): void {
    const bid = this.#bid(bid_id);
    assertEquals(state === "outbid", bid.auction_id !== null);
    if (state === "expired") assert((bid.expires_at ?? Infinity) <= this.#market.at);
    if (reason === "gpu_gone") assert(!this.#market.gpus.has(bid.gpu_id ?? ""));
    if (reason === "insufficient_funds") {
      const gpu = present(this.#market.gpus.get(bid.gpu_id ?? ""));
      const { duration_s } = this.#auction(gpu.auction_id ?? "");
      const needed = heldFor(bid.price ?? 0n, duration_s);
      assert(needed > bid.hold + this.#market.spendable(bid.bidder));
    }
    this.#end(bid);
  }

  #lease(bid: PlainBid, opening: LeaseOpening, price: bigint): void {
    const { gpu_id } = opening;
    const hold = heldFor(price, bid.duration_s);
    assertEquals(BigInt(opening.price_micros_per_hour), price);
    assertEquals(BigInt(opening.hold_micros), hold);
    const owner = present(this.#market.gpus.get(gpu_id)).owner;
    const { bidder: renter, duration_s } = bid;
    this.#market.openLease(opening, { renter, owner, duration_s });
    bid.hold -= hold;
  }

  #end(bid: PlainBid): void {
    this.#market.release(bid.bidder, bid.hold);
    this.open.delete(bid.bid_id);
  }

  #bid(bid_id: string): PlainBid {
    return present(this.open.get(bid_id));
  }

  #auction(auction_id: string): PlainAuction {
    return present(this.auctions.get(auction_id));
  }
}

/** Sorts the bids unit by unit: who gets how many, and at what price. */
function outcomeOf(
  { format, reserve }: PlainAuction,
  bids: readonly PlainBid[],
  units: number,
): { price: bigint | null; units: Map<string, number> } {
  const wanted = [...bids].sort(isBefore)
    .flatMap((bid) => Array.from({ length: bid.quantity }, () => bid));
  const winners = wanted.slice(0, units);
  const count = new Map<string, number>();
  for (const { bid_id } of winners) count.set(bid_id, (count.get(bid_id) ?? 0) + 1);
  const [first] = winners;
  if (first === undefined) return { price: null, units: count };
  const next = wanted[units]?.price ?? reserve;
  const isOwn = format === "first-price" || format === "english";
  return { price: isOwn ? first.price : next > reserve ? next : reserve, units: count };
}

function isBefore(a: PlainBid, b: PlainBid): number {
  return Number((b.price ?? 0n) - (a.price ?? 0n)) || a.n - b.n;
}

function numberIn(bid_id: string): number {
  return Number(bid_id.slice("bid_".length));
}
