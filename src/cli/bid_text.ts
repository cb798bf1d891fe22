import { formatDollars } from "../base/money.ts";
import { formatDuration, formatTime } from "../base/time_text.ts";
import type { BidView } from "../protocol/auction.ts";
import { facts, type Look, table } from "./table.ts";

/** A bid in lines. */
export function bidFacts(bid: BidView): string {
  const time = (at: number | null) => at === null ? "never" : formatTime(at);
  return facts([
    ["bid", bid.bid_id],
    ["for", forText(bid)],
    ...(bid.auction_id === null ? [] : [["auction", bid.auction_id] as const]),
    ["price", bid.price_micros_per_hour === null ? "sealed" : `${priceText(bid)} an hour`],
    ["hours", formatDuration(bid.duration_s)],
    ["units", `${bid.filled} of ${bid.quantity}`],
    ["state", stateText(bid)],
    ["held", formatDollars(bid.ended_at === null ? bid.hold_micros : 0)],
    ["placed", formatTime(bid.placed_at)],
    bid.ended_at === null ? ["expires", time(bid.expires_at)] : ["ended", time(bid.ended_at)],
    ...(bid.lease_ids.length === 0 ? [] : [["leases", bid.lease_ids.join(", ")] as const]),
  ]);
}

/** Bids, one a line. */
export function bidTable(bids: readonly BidView[], look: Look): string {
  const columns = [
    { heading: "BID" },
    { heading: "FOR" },
    { heading: "PRICE/H", numeric: true },
    { heading: "HOURS" },
    { heading: "FILLED", numeric: true },
    { heading: "STATE" },
    { heading: "HELD", numeric: true },
    { heading: "PLACED" },
  ] as const;
  const rows = bids.map((bid) => [
    bid.bid_id,
    forText(bid),
    priceText(bid),
    formatDuration(bid.duration_s),
    `${bid.filled}/${bid.quantity}`,
    stateText(bid),
    formatDollars(bid.ended_at === null ? bid.hold_micros : 0),
    formatTime(bid.placed_at),
  ]);
  return table(columns, rows, look);
}

/** The bids of an auction that is over, best first: who offered what, when, and what became of it. */
export function transcriptTable(bids: readonly BidView[], look: Look): string {
  const columns = [
    { heading: "BID" },
    { heading: "PRICE/H", numeric: true },
    { heading: "UNITS", numeric: true },
    { heading: "RESULT" },
    { heading: "PLACED" },
    { heading: "BIDDER" },
  ] as const;
  const rows = bids.map((bid) => [
    bid.bid_id,
    priceText(bid),
    `${bid.filled}/${bid.quantity}`,
    stateText(bid),
    formatTime(bid.placed_at),
    bid.bidder,
  ]);
  return table(columns, rows, look);
}

function forText({ gpu_id, where, auction_id }: BidView): string {
  return gpu_id ?? where ?? auction_id ?? "";
}

function priceText({ price_micros_per_hour: price }: BidView): string {
  return price === null ? "sealed" : formatDollars(price);
}

function stateText({ state, reason }: BidView): string {
  return reason === null ? state : `${state} (${reason})`;
}
