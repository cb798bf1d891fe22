import { assert, assertEquals } from "@std/assert";
import type { EventData, FeedEvent } from "../../src/protocol/feed.ts";
import type { PlainGpu, PlainMarket } from "./reference.ts";
import { present } from "./rig.ts";

interface PlainComplaint {
  actor: string;
  fee: bigint;
  at: number;
}

/** Badges and complaints once more, from nothing but what happened. */
export class PlainProofs {
  readonly complaints = new Map<string, PlainComplaint>();
  readonly #market: PlainMarket;
  /** Every complaint that there was, by GPU. */
  readonly #log: { gpu_id: string; actor: string; at: number }[] = [];

  constructor(market: PlainMarket) {
    this.#market = market;
  }

  judged({ gpu_id, verdict, listed }: EventData["gpu.judged"]): void {
    const gpu = present(this.#market.gpus.get(gpu_id));
    const isGood = ["verified", "software"].includes(verdict.verdict);
    Object.assign(gpu, { verdict: verdict.verdict, class: verdict.class, expired: false });
    gpu.proven_at = isGood ? this.#market.at : null;
    assertEquals(listed, this.#market.isListed(gpu) && gpu.arrives_at === null);
    if (this.#market.settings.badge_life_ms !== undefined && !this.#market.isListed(gpu)) {
      assertEquals([gpu.lease_id, gpu.auction_id], [null, null], "what is refused is in no use");
    }
    this.#end(gpu_id, listed ? gpu.owner : null);
  }

  expired({ gpu_id }: EventData["gpu.expired"], previous_at: number): void {
    const gpu = present(this.#market.gpus.get(gpu_id));
    const ends_at = present(this.endsAt(gpu) ?? undefined);
    assertEquals(this.#market.at, Math.max(ends_at, previous_at));
    gpu.expired = true;
  }

  /** When a GPU's badge expires, if it does. */
  endsAt(gpu: PlainGpu): number | null {
    const { badge_life_ms } = this.#market.settings;
    const isOn = this.#market.isListed(gpu) && gpu.arrives_at === null;
    if (!isOn || gpu.proven_at === null || badge_life_ms === undefined) return null;
    return gpu.proven_at + badge_life_ms;
  }

  challenged({ gpu_id, actor, fee_micros }: EventData["gpu.challenged"]): void {
    const gpu = present(this.#market.gpus.get(gpu_id));
    const { settings, at } = this.#market;
    const isServed = settings.mode === "served";
    assert(this.#market.isListed(gpu) && this.#market.isOnline(gpu) && gpu.arrives_at === null);
    assert(!isServed || gpu.owner !== actor, "nobody complains of their own");
    assert(!this.complaints.has(gpu_id));
    const renter = gpu.lease_id === null ? actor : this.#market.leases.get(gpu.lease_id)?.renter;
    assertEquals(renter, actor, "a renter is left in peace");
    const lately = this.#log.filter((one) => one.gpu_id === gpu_id && one.at > at - 600_000);
    assert(lately.length < 8 && !lately.some((one) => one.actor === actor), "not too often");
    assertEquals(fee_micros, isServed ? settings.challenge_fee_micros ?? 0 : 0);
    const fee = BigInt(fee_micros);
    this.#market.hold(actor, fee);
    this.complaints.set(gpu_id, { actor, fee, at });
    this.#log.push({ gpu_id, actor, at });
  }

  lapsed({ gpu_id }: EventData["gpu.challenge_lapsed"], previous_at: number): void {
    const { at } = present(this.complaints.get(gpu_id));
    assertEquals(this.#market.at, Math.max(at + 900_000, previous_at));
    this.#end(gpu_id, null);
  }

  /** A GPU is gone, or another record takes its place. */
  gone(gpu_id: string): void {
    this.#end(gpu_id, null);
    const at = this.#log.findIndex((one) => one.gpu_id === gpu_id);
    if (at >= 0 && !this.#market.gpus.has(gpu_id)) {
      this.#log.splice(0, this.#log.length, ...this.#log.filter((one) => one.gpu_id !== gpu_id));
    }
  }

  /** What an actor's open complaints hold. */
  heldBy(actor: string): bigint {
    return [...this.complaints.values()].filter((one) => one.actor === actor)
      .reduce((sum, { fee }) => sum + fee, 0n);
  }

  /** Nothing outlives its deadline. */
  checkSettled(): void {
    for (const [gpu_id, gpu] of this.#market.gpus) {
      assert((this.endsAt(gpu) ?? Infinity) > this.#market.at, `the badge of ${gpu_id} is too old`);
    }
    for (const { at } of this.complaints.values()) {
      assert(at + 900_000 > this.#market.at, "a complaint outlived its deadline");
    }
  }

  #end(gpu_id: string, earner: string | null): void {
    const complaint = this.complaints.get(gpu_id);
    if (complaint === undefined) return;
    this.complaints.delete(gpu_id);
    if (earner === null) this.#market.release(complaint.actor, complaint.fee);
    else this.#market.pay(complaint.actor, earner, complaint.fee);
  }
}

/** The events that `PlainProofs` takes. */
export function takeProof(plain: PlainProofs, event: FeedEvent, previous_at: number): boolean {
  switch (event.type) {
    case "gpu.judged":
      plain.judged(event.data);
      return true;
    case "gpu.expired":
      plain.expired(event.data, previous_at);
      return true;
    case "gpu.challenged":
      plain.challenged(event.data);
      return true;
    case "gpu.challenge_lapsed":
      plain.lapsed(event.data, previous_at);
      return true;
    default:
      return false;
  }
}
