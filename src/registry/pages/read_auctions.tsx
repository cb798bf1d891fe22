import {
  auctionView,
  type Bid,
  bidsOfAuction,
  bidView,
  type MarketState,
  numberOf,
} from "../../market/market.ts";
import type { AuctionView } from "../../protocol/auction.ts";
import { findAuction } from "../find_auction.ts";
import { pageOf } from "../record_page.ts";
import type { Services } from "../services.ts";
import { AuctionPage } from "./auction_page.tsx";
import { AuctionsPage } from "./auctions_page.tsx";
import { htmlBytes, page } from "./show.ts";

/** Rows of each table. */
const MAX_ROWS = 200;

/** The page of auctions: those in memory. */
export async function auctionsPage({ sequencer, clock }: Services) {
  const all = [...sequencer.state.auctions.values()];
  const isLive = ({ state }: (typeof all)[number]) => state === "open" || state === "closed";
  const live = all.filter(isLive).sort((a, b) => a.ends_at - b.ends_at);
  const over = all.filter((auction) => !isLive(auction))
    .sort((a, b) => numberOf(b.auction_id) - numberOf(a.auction_id));
  const shown = (auctions: typeof all) => auctions.slice(0, MAX_ROWS).map(auctionView);
  const now_ms = clock.now();
  return page(
    await htmlBytes(<AuctionsPage live={shown(live)} over={shown(over)} now_ms={now_ms} />),
  );
}

/** The page of one auction, in memory or in the archive, which keeps no list of its bids. */
export async function auctionPage(given: string, services: Services) {
  const { sequencer, clock } = services;
  const auction = await findAuction(given, services);
  const bids = latestBids(sequencer.state, auction);
  return page(
    await htmlBytes(
      <AuctionPage auction={auction} bids={bids.map(bidView)} now_ms={clock.now()} />,
    ),
  );
}

/**
 * The newest first. Sealed bids stand in their auction until it is over; then, and where they are
 * outbid, they are among all others.
 */
function latestBids(state: MarketState, { auction_id, ended_at, format }: AuctionView): Bid[] {
  if (ended_at === null && format !== "english") {
    return bidsOfAuction(state, auction_id).slice(-MAX_ROWS).reverse();
  }
  const page = { limit: MAX_ROWS, cursor: undefined };
  return pageOf(state.bids, (bid) => bid.auction_id === auction_id, page).shown;
}
