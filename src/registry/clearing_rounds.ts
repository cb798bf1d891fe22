import type { Clock } from "../base/clock.ts";
import type { Effects, MarketState } from "../market/market.ts";
import type { FeedEvent } from "../protocol/feed.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { NodeIntents } from "./node_intents.ts";

/** When the market matches class orders with free GPUs: at each interval in which there is news. */
export class ClearingRounds {
  readonly #clock: Clock;
  #next_ms: number;
  /** True if an order or a GPU has changed since the last round. */
  #hasNews = true;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#next_ms = clock.monotonic() + LIMITS.clearing_round_ms;
  }

  /** Notes what an event changed. */
  note(event: FeedEvent, effects: Effects): void {
    // One that filled something may have been cut at the size of a round: the next one goes on.
    if (event.type === "market.cleared") this.#hasNews = event.data.filled > 0;
    else if (effects.changed_gpus.length > 0) this.#hasNews = true;
    else if (event.type === "bids.placed") this.#hasNews = true;
    else if (event.type === "bid.placed" && event.data.where !== null) this.#hasNews = true;
  }

  /** The state is another one. */
  reset(): void {
    this.#hasNews = true;
  }

  /** Has the market clear if the time has come and there is something to match. */
  async run(state: MarketState, nodeIntents: NodeIntents): Promise<void> {
    const now_ms = this.#clock.monotonic();
    if (now_ms < this.#next_ms) return;
    this.#next_ms = now_ms + LIMITS.clearing_round_ms;
    if (this.#hasNews && state.orders.size > 0) await nodeIntents.submit("market.clear", {});
  }
}
