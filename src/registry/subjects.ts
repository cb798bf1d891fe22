import type { Effects, MarketState } from "../market/market.ts";

/**
 * What a reader may wait for to change: the listing, the auctions, the feed's head, or one record
 * ("gpu rig-1", "auction auction_12").
 */
export type Subject = "gpus" | "auctions" | "head" | `gpu ${string}` | `auction ${string}`;

/** Wakes those who wait for a subject to change; it costs nothing where nobody waits. */
export class Subjects {
  readonly #watchers = new Map<Subject, Set<() => void>>();

  /** Calls `wake` at each change of the subject, until the returned function is called. */
  watch(subject: Subject, wake: () => void): () => void {
    const watchers = this.#watchers.get(subject) ?? new Set();
    this.#watchers.set(subject, watchers.add(wake));
    return () => {
      watchers.delete(wake);
      if (watchers.size === 0 && this.#watchers.get(subject) === watchers) {
        this.#watchers.delete(subject);
      }
    };
  }

  /** An event was decided: its effects say what has changed. */
  note(state: MarketState, effects: Effects): void {
    if (this.#watchers.size === 0) return;
    this.touch("head");
    for (const gpu_id of effects.changed_gpus) this.touch(`gpu ${gpu_id}`);
    if (effects.changed_gpus.length > 0) this.touch("gpus");
    const auctions = new Set(effects.changed_auctions);
    for (const bid_id of effects.changed_bids) {
      const auction_id = state.bids.get(bid_id)?.auction_id;
      if (auction_id !== undefined && auction_id !== null) auctions.add(auction_id);
    }
    for (const auction_id of auctions) this.touch(`auction ${auction_id}`);
    if (auctions.size > 0) this.touch("auctions");
  }

  /** The subject has changed. */
  touch(subject: Subject): void {
    for (const wake of this.#watchers.get(subject) ?? []) wake();
  }
}
