import { assert, assertEquals } from "@std/assert";
import type { EventData, FeedEvent, LeaseOpening } from "../../src/protocol/feed.ts";
import type { IntentBody, Settings } from "../../src/protocol/intent.ts";
import { PlainBids } from "./plain_bids.ts";
import { PlainProofs, takeProof } from "./plain_proofs.ts";
import { PlainRecord } from "./plain_record.ts";
import { present } from "./rig.ts";

export interface PlainGpu {
  owner: string;
  price: bigint;
  verdict: string | null;
  class: string | null;
  online: boolean;
  /** When its last good verdict was, and whether that has grown too old. */
  proven_at: number | null;
  expired: boolean;
  lease_id: string | null;
  auction_id: string | null;
  home_epoch: number;
  /** When its move is over; null unless it is moving. */
  arrives_at: number | null;
}

interface PlainLease {
  gpu_id: string;
  renter: string;
  owner: string;
  price: bigint;
  hold: bigint;
  live: boolean;
  start_at: number;
  duration_s: number;
  /** Downtime of the registry. */
  gaps: { from: number; to: number }[];
  /** Stretches without the provider; the last may still be open. */
  absences: { from: number; to: number | null }[];
  /** When the grace of the open absence is over. */
  grace_until: number | null;
  /** The last time the meter started. */
  resumed_at: number;
}

interface PlainAccount {
  available: bigint;
  held: bigint;
  earned: bigint;
}

/**
 * The ledger and the meter once more, slow and plain, from nothing but what happened: who listed,
 * rented, came and went. Amounts in events are never taken over, they are compared.
 */
export class PlainMarket {
  settings: Settings;
  at = 0;
  readonly gpus = new Map<string, PlainGpu>();
  readonly leases = new Map<string, PlainLease>();
  readonly accounts = new Map<string, PlainAccount>();
  /** Owner and home of the GPUs that have left. */
  readonly departures = new Map<string, { owner: string; home_epoch: number }>();
  /** Who submitted each job. */
  readonly renters = new Map<string, string>();
  readonly bids = new PlainBids(this);
  readonly proofs = new PlainProofs(this);
  readonly record = new PlainRecord(this);
  fees = 0n;
  issued = 0n;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** Takes an event, and checks the amounts and times that it says. */
  take(event: FeedEvent): void {
    const previous_at = this.at;
    this.at = event.at;
    this.record.take(event, previous_at);
    if (takeProof(this.proofs, event, previous_at)) return;
    switch (event.type) {
      case "settings.changed":
        return this.#changeSettings(event.data);
      case "wallet.deposited":
        this.#account(event.data.to).available += BigInt(event.data.amount_micros);
        this.issued += BigInt(event.data.amount_micros);
        return;
      case "gpu.registered":
        return this.#register(event.data);
      case "gpu.left":
        return this.#depart(event.data);
      case "gpu.arrived":
        return this.#arrive(event.data.gpu_id, previous_at);
      case "gpu.move_refused":
        assert(this.#gpu(event.data.gpu_id).arrives_at !== null);
        return this.#remove(event.data.gpu_id);
      case "gpu.updated":
        this.#gpu(event.data.gpu_id).price = BigInt(event.data.price_micros_per_hour);
        return;
      case "gpu.deregistered":
        assertEquals(this.#gpu(event.data.gpu_id).lease_id, null);
        assertEquals(this.#gpu(event.data.gpu_id).auction_id, null);
        return this.#remove(event.data.gpu_id);
      case "gpu.online":
        return this.#online(event.data.gpu_id);
      case "gpu.offline":
        this.#gpu(event.data.gpu_id).online = false;
        if (this.settings.mode === "served") this.#leave(event.data.gpu_id, event.data.last_seen);
        return;
      case "gap":
        return this.#gap(event.data);
      case "lease.opened":
        return this.#open(event.data);
      case "job.submitted":
        this.renters.set(event.data.job_id, event.data.renter);
        return;
      case "job.requeued":
        return this.#failOver(event.data);
      case "lease.extended":
        return this.#extend(event.data);
      case "lease.ended":
        return this.#end(event.data, previous_at);
      default:
        return this.bids.take(event, previous_at);
    }
  }

  /** Whether a GPU can be used now. */
  isOnline(gpu: PlainGpu): boolean {
    return gpu.online || this.settings.mode === "embedded";
  }

  /** Whether its verdict lets it be rented. */
  isListed(gpu: PlainGpu): boolean {
    return !gpu.expired && this.hasGoodVerdict(gpu);
  }

  /** Whether its verdict, however old, is one that this registry lists. */
  hasGoodVerdict(gpu: PlainGpu): boolean {
    return gpu.verdict === "verified" ||
      (gpu.verdict === "software" && this.settings.allow_software);
  }

  isFree(gpu: PlainGpu): boolean {
    return this.isListed(gpu) && gpu.arrives_at === null && this.isOnline(gpu) &&
      gpu.lease_id === null &&
      gpu.auction_id === null;
  }

  /** What an actor can spend. */
  spendable(actor: string): bigint {
    const account = this.accounts.get(actor);
    return (account?.available ?? 0n) + (account?.earned ?? 0n);
  }

  /** The code that renting is refused with, or null; `gift` is a welcome credit to come. */
  rentRefusal(actor: string, body: IntentBody<"lease.rent">, gift: bigint): string | null {
    const gpu = this.gpus.get(body.gpu_id);
    if (gpu === undefined) return this.#absent(body.gpu_id);
    if (gpu.owner === actor && this.settings.mode === "served") return "own_gpu";
    if (!this.isListed(gpu) || gpu.arrives_at !== null) return "gpu_not_listed";
    if (gpu.verdict !== body.expected.verdict || gpu.class !== body.expected.class) {
      return "stale_plan";
    }
    if (gpu.lease_id !== null) return "gpu_leased";
    if (gpu.auction_id !== null) return "gpu_on_auction";
    if (!this.isOnline(gpu)) return "gpu_offline";
    if (BigInt(body.max_price_micros_per_hour) < gpu.price) return "no_offer";
    return this.#canPay(actor, heldFor(gpu.price, body.duration_s), gift);
  }

  /** The code that extending a known lease is refused with, or null. */
  extendRefusal(actor: string, body: IntentBody<"lease.extend">, gift: bigint): string | null {
    const lease = present(this.leases.get(body.lease_id));
    if (lease.renter !== actor) return "forbidden";
    if (!lease.live) return "lease_state";
    if (!this.isOnline(this.#gpu(lease.gpu_id))) return "gpu_offline";
    return this.#canPay(actor, heldFor(lease.price, body.duration_s), gift);
  }

  /** What `lease` has still to reach: its end, and the end of its grace. */
  deadlines(lease: PlainLease): number[] {
    const gaps_ms = lease.gaps.reduce((sum, { from, to }) => sum + to - from, 0);
    const ends_at = lease.start_at + lease.duration_s * 1000 + gaps_ms;
    return lease.grace_until === null ? [ends_at] : [ends_at, lease.grace_until];
  }

  /** Billable milliseconds up to a time: those in no gap and no absence. */
  meteredMs(lease: PlainLease, until: number): number {
    const end = Math.min(until, present(this.deadlines(lease)[0]));
    const out = [...lease.gaps, ...lease.absences.map(({ from, to }) => ({ from, to: to ?? end }))]
      .map(({ from, to }) => ({
        from: Math.max(from, lease.start_at),
        to: Math.min(to, end),
      }))
      .sort((a, b) => a.from - b.from);
    let metered = 0;
    let at = lease.start_at;
    for (const { from, to } of out) {
      metered += Math.max(0, from - at);
      at = Math.max(at, to);
    }
    return metered + Math.max(0, end - at);
  }

  #canPay(actor: string, amount: bigint, gift: bigint): string | null {
    return this.spendable(actor) + gift < amount ? "insufficient_funds" : null;
  }

  #register(data: EventData["gpu.registered"]): void {
    const { gpu_id, owner } = data;
    const online = this.gpus.get(gpu_id)?.online ?? false;
    assertEquals(this.gpus.get(gpu_id)?.lease_id ?? null, null);
    assertEquals(this.gpus.get(gpu_id)?.auction_id ?? null, null);
    const price = BigInt(data.price_micros_per_hour);
    const unproven = { verdict: null, class: null, proven_at: null, expired: false };
    const blank = { ...unproven, lease_id: null, auction_id: null };
    const home = this.#homeOf(data);
    this.proofs.gone(gpu_id);
    this.gpus.set(gpu_id, { owner, price, online, ...blank, ...home });
    this.departures.delete(gpu_id);
  }

  #homeOf({ gpu_id, owner, moved, arrives_at }: EventData["gpu.registered"]) {
    const known = this.gpus.get(gpu_id);
    const departure = this.departures.get(gpu_id);
    assertEquals(owner, known?.owner ?? departure?.owner ?? owner, "nobody takes another's GPU");
    if (moved === undefined) {
      assertEquals([departure, arrives_at], [undefined, undefined], "what left must move back");
      return { home_epoch: known?.home_epoch ?? 1, arrives_at: known?.arrives_at ?? null };
    }
    const { home_epoch, left_seq } = moved;
    const least = departure?.home_epoch ?? known?.home_epoch ?? 1;
    const ends_wait = known !== undefined && known.arrives_at !== null && left_seq !== null;
    assert(ends_wait ? home_epoch >= least : home_epoch > least, "no home comes back");
    const wait_ms = this.settings.move_wait_ms ?? 24 * 3_600_000;
    assertEquals(arrives_at, left_seq === null ? this.at + wait_ms : undefined);
    return { home_epoch, arrives_at: arrives_at ?? null };
  }

  #depart({ gpu_id, owner, home_epoch }: EventData["gpu.left"]): void {
    const gpu = this.#gpu(gpu_id);
    assertEquals([gpu.owner, gpu.lease_id, gpu.auction_id], [owner, null, null]);
    assertEquals(home_epoch, gpu.home_epoch + 1);
    this.#remove(gpu_id);
    this.departures.set(gpu_id, { owner, home_epoch });
  }

  #remove(gpu_id: string): void {
    this.gpus.delete(gpu_id);
    this.proofs.gone(gpu_id);
  }

  #arrive(gpu_id: string, previous_at: number): void {
    const gpu = this.#gpu(gpu_id);
    assertEquals(this.at, Math.max(present(gpu.arrives_at ?? undefined), previous_at));
    gpu.arrives_at = null;
  }

  #absent(gpu_id: string): string {
    return this.departures.has(gpu_id) ? "gpu_moved" : "gpu_not_found";
  }

  /** A lease that a job's failover opens is one at the ask, on another's GPU. */
  #failOver({ job_id, lease_id, gpu_id, opens }: EventData["job.requeued"]): void {
    if (opens === undefined) return;
    assertEquals([opens.lease_id, opens.gpu_id], [lease_id, gpu_id]);
    const renter = present(this.renters.get(job_id));
    const { owner } = this.#gpu(gpu_id);
    assert(owner !== renter || this.settings.mode === "embedded");
    this.#open({ ...opens, renter, owner });
  }

  #open(data: EventData["lease.opened"]): void {
    const { renter, owner, duration_s } = data;
    const { price } = this.#gpu(data.gpu_id);
    assertEquals(BigInt(data.price_micros_per_hour), price);
    const hold = heldFor(price, duration_s);
    assertEquals(BigInt(data.hold_micros), hold);
    this.openLease(data, { renter, owner, duration_s });
    this.hold(renter, hold);
  }

  /** Opens a lease whose price and hold were compared. */
  openLease(
    opening: LeaseOpening,
    { renter, owner, duration_s }: { renter: string; owner: string; duration_s: number },
  ): void {
    const { lease_id, gpu_id } = opening;
    const gpu = this.#gpu(gpu_id);
    assertEquals(gpu.lease_id, null, "no two live leases on a GPU");
    assert(this.isFree(gpu) && gpu.owner === owner);
    gpu.lease_id = lease_id;
    assertEquals(opening.ends_at, this.at + duration_s * 1000);
    this.leases.set(lease_id, {
      gpu_id,
      renter,
      owner,
      price: BigInt(opening.price_micros_per_hour),
      hold: BigInt(opening.hold_micros),
      live: true,
      start_at: this.at,
      duration_s,
      gaps: [],
      absences: [],
      grace_until: null,
      resumed_at: this.at,
    });
  }

  #extend(data: EventData["lease.extended"]): void {
    const lease = present(this.leases.get(data.lease_id));
    const hold = heldFor(lease.price, data.duration_s);
    assertEquals(BigInt(data.hold_micros), hold);
    lease.hold += hold;
    lease.duration_s += data.duration_s;
    assertEquals(data.ends_at, this.deadlines(lease)[0]);
    this.hold(lease.renter, hold);
  }

  #end(data: EventData["lease.ended"], previous_at: number): void {
    const lease = present(this.leases.get(data.lease_id));
    assert(lease.live);
    const [ends_at, grace_until] = this.deadlines(lease);
    if (data.reason === "expired") assertEquals(this.at, Math.max(ends_at ?? 0, previous_at));
    if (data.reason === "provider_offline") {
      assertEquals(this.at, Math.max(grace_until ?? 0, previous_at));
    }
    const seconds = BigInt(Math.floor(this.meteredMs(lease, this.at) / 1000));
    const isFree = data.reason === "deregistered" || data.reason === "proof_failed";
    const cost = isFree ? 0n : lease.price * seconds / 3600n;
    const fee = cost * BigInt(this.settings.fee_bps) / 10_000n;
    assertEquals(BigInt(data.metered_s), seconds);
    assertEquals(BigInt(data.cost_micros), cost);
    assertEquals(BigInt(data.fee_micros), fee);
    assertEquals(BigInt(data.refund_micros), lease.hold - cost);
    this.#account(lease.renter).held -= lease.hold;
    this.#account(lease.renter).available += lease.hold - cost;
    this.#account(lease.owner).earned += cost - fee;
    this.fees += fee;
    lease.live = false;
    this.#gpu(lease.gpu_id).lease_id = null;
  }

  #online(gpu_id: string): void {
    this.#gpu(gpu_id).online = true;
    const lease = this.#liveLease(gpu_id);
    const absence = lease?.absences.at(-1);
    if (lease === undefined || absence === undefined || absence.to !== null) return;
    absence.to = this.at;
    lease.grace_until = null;
    lease.resumed_at = this.at;
  }

  #leave(gpu_id: string, last_seen: number): void {
    const lease = this.#liveLease(gpu_id);
    if (lease === undefined || lease.grace_until !== null) return;
    lease.absences.push({ from: Math.max(last_seen, lease.resumed_at), to: null });
    lease.grace_until = this.at + this.settings.offline_grace_ms;
  }

  #gap(gap: EventData["gap"]): void {
    for (const gpu of this.gpus.values()) {
      if (gpu.arrives_at !== null) gpu.arrives_at += gap.to - gap.from;
    }
    for (const lease of this.leases.values()) {
      if (!lease.live) continue;
      lease.gaps.push(gap);
      if (lease.grace_until === null) lease.resumed_at = gap.to;
      else lease.grace_until += gap.to - gap.from;
    }
  }

  #changeSettings(settings: Settings): void {
    const isFirstServe = this.settings.mode === "embedded" && settings.mode === "served";
    this.settings = settings;
    if (!isFirstServe) return;
    for (const [gpu_id, gpu] of this.gpus) if (!gpu.online) this.#leave(gpu_id, this.at);
  }

  /** Sets an amount aside, available money first. */
  hold(actor: string, amount: bigint): void {
    const account = this.#account(actor);
    const available = amount < account.available ? amount : account.available;
    account.available -= available;
    account.earned -= amount - available;
    account.held += amount;
  }

  /** Gives back what was set aside. */
  release(actor: string, amount: bigint): void {
    const account = this.#account(actor);
    account.held -= amount;
    account.available += amount;
  }

  /** Pays what was set aside. */
  pay(from: string, to: string, amount: bigint): void {
    this.#account(from).held -= amount;
    this.#account(to).earned += amount;
  }

  #liveLease(gpu_id: string): PlainLease | undefined {
    const { lease_id } = this.#gpu(gpu_id);
    return lease_id === null ? undefined : this.leases.get(lease_id);
  }

  #gpu(gpu_id: string): PlainGpu {
    return present(this.gpus.get(gpu_id));
  }

  #account(actor: string): PlainAccount {
    const known = this.accounts.get(actor);
    if (known !== undefined) return known;
    const account = { available: 0n, held: 0n, earned: 0n };
    this.accounts.set(actor, account);
    return account;
  }
}

/** price · seconds / 3600, rounded up. */
export function heldFor(price: bigint, duration_s: number): bigint {
  const exact = price * BigInt(duration_s);
  return exact / 3600n + (exact % 3600n === 0n ? 0n : 1n);
}
