import type { Auction, MarketState } from "../market/market.ts";
import type { BidOpening } from "../protocol/auction.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { NodeIntents } from "./node_intents.ts";
import type { RegistryLog } from "./registry_log.ts";
import type { SealedOpenings } from "./sealed_openings.ts";
import type { Sequencer } from "./sequencer.ts";

/** What closing auctions needs. */
export interface ClosingDeps {
  sequencer: Sequencer;
  nodeIntents: NodeIntents;
  openings: SealedOpenings;
  log: RegistryLog;
}

/** Opens the sealed bids of closed auctions, has the market clear them, and forgets the openings. */
export class AuctionClosings {
  readonly #deps: ClosingDeps;
  #work: Promise<void> = Promise.resolve();

  constructor(deps: ClosingDeps) {
    this.#deps = deps;
  }

  /** Finishes every closed auction. What fails is logged; the next run tries again. */
  run(): Promise<void> {
    this.#work = this.#work.then(() => this.#finishAll()).catch((thrown) =>
      this.#deps.log.failure("clearing an auction", thrown)
    );
    return this.#work;
  }

  async #finishAll(): Promise<void> {
    const { sequencer, nodeIntents, openings } = this.#deps;
    await sequencer.ready();
    const { state } = sequencer;
    for (const auction of [...state.auctions.values()].filter(({ state }) => state === "closed")) {
      await this.#reveal(state, auction);
      await nodeIntents.submit("auction.clear", { auction_id: auction.auction_id });
    }
    for (const auction_id of openings.auctions()) {
      if (isOver(sequencer.state.auctions.get(auction_id))) await this.#forget(auction_id);
    }
  }

  async #reveal(state: MarketState, { auction_id }: Auction): Promise<void> {
    const { nodeIntents, openings } = this.#deps;
    const known: BidOpening[] = [];
    for (const bid_id of state.auction_bids.get(auction_id) ?? []) {
      const bid = state.bids.get(bid_id);
      if (!bid?.commitment || bid.price_micros_per_hour !== null) continue;
      const opening = openings.find(auction_id, bid.commitment);
      if (opening === undefined) continue;
      const { price_micros_per_hour, salt } = opening;
      known.push({ bid_id, price_micros_per_hour, salt });
    }
    for (let from = 0; from < known.length; from += LIMITS.auction_openings) {
      const batch = known.slice(from, from + LIMITS.auction_openings);
      await nodeIntents.submit("auction.reveal", { auction_id, openings: batch });
    }
  }

  /** Only once it is durable that the auction is over: until then a crash would need them again. */
  async #forget(auction_id: string): Promise<void> {
    const { sequencer, openings } = this.#deps;
    await sequencer.feed.whenDurable(sequencer.head.seq);
    await openings.forget(auction_id);
  }
}

/** True for an auction that was cleared or cancelled, and for one that has left memory since. */
function isOver(auction: Auction | undefined): boolean {
  return auction === undefined || auction.state === "cleared" || auction.state === "cancelled";
}
