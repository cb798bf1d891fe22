import { formatDollars } from "../base/money.ts";
import { formatDuration, formatTime } from "../base/time_text.ts";
import type { AuctionView } from "../protocol/auction.ts";
import { facts, type Look, table } from "./table.ts";

/** An auction in lines. */
export function auctionFacts(auction: AuctionView): string {
  const { gpu_ids, units, best_micros_per_hour: best, price_micros_per_hour: price } = auction;
  const over = auction.ended_at;
  return facts([
    ["auction", auction.auction_id],
    [gpu_ids.length === 1 ? "GPU" : "GPUs", gpu_ids.join(", ")],
    ["class", auction.class],
    ["owner", auction.owner],
    ["sells", `${formatDuration(auction.duration_s)}${units === 1 ? "" : ` of each of ${units}`}`],
    ["format", auction.format],
    ["reserve", perHour(auction.reserve_micros_per_hour)],
    ["state", stateOf(auction)],
    ["started", formatTime(auction.started_at)],
    over === null ? ["ends", formatTime(auction.ends_at)] : ["ended", formatTime(over)],
    ["bids", String(auction.bids)],
    ...(best === null ? [] : [["best bid", perHour(best)] as const]),
    ...(price === null ? [] : [["price", perHour(price)] as const]),
    ...auction.winners.map(({ bid_id, bidder, units, lease_ids }) =>
      ["winner", `${bid_id} of ${bidder}: ${unitsText(units)}, ${lease_ids.join(", ")}`] as const
    ),
  ]);
}

/** Auctions, one a line. */
export function auctionTable(auctions: readonly AuctionView[], look: Look): string {
  const columns = [
    { heading: "AUCTION" },
    { heading: "GPU" },
    { heading: "CLASS" },
    { heading: "FORMAT" },
    { heading: "UNITS", numeric: true },
    { heading: "SELLS" },
    { heading: "RESERVE/H", numeric: true },
    { heading: "BIDS", numeric: true },
    { heading: "STATE" },
    { heading: "PRICE/H", numeric: true },
    { heading: "UNTIL" },
  ] as const;
  const rows = auctions.map((auction) => [
    auction.auction_id,
    gpusText(auction.gpu_ids),
    auction.class,
    auction.format,
    String(auction.units),
    formatDuration(auction.duration_s),
    formatDollars(auction.reserve_micros_per_hour),
    String(auction.bids),
    auction.reason ?? auction.state,
    priceText(auction.price_micros_per_hour ?? auction.best_micros_per_hour),
    formatTime(auction.ended_at ?? auction.ends_at),
  ]);
  return table(columns, rows, look);
}

/** "1 unit", "3 units" */
export function unitsText(units: number): string {
  return units === 1 ? "1 unit" : `${units} units`;
}

function stateOf({ state, reason }: AuctionView): string {
  return reason === null ? state : `${state} (${reason})`;
}

function gpusText(gpu_ids: readonly string[]): string {
  const [first = "", ...others] = gpu_ids;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function priceText(price: number | null): string {
  return price === null ? "" : formatDollars(price);
}

function perHour(price: number): string {
  return `${formatDollars(price)} an hour`;
}
