import { formatDollars } from "../base/money.ts";
import { formatTime } from "../base/time_text.ts";
import type { StreamedEvent } from "../client/client.ts";
import { printable } from "../base/printable.ts";

/** What an event of an auction says, in a line. */
export function auctionEventText({ at, type, data }: StreamedEvent): string {
  return `${formatTime(at)} ${printable(words(type, data))}`;
}

function words(type: string, data: Readonly<Record<string, unknown>>): string {
  const price = typeof data.price_micros_per_hour === "number"
    ? ` at ${formatDollars(data.price_micros_per_hour)} an hour`
    : "";
  switch (type) {
    case "bid.placed":
    case "bid.entered":
      return `${data.bid_id} bids${price}`;
    case "bid.sealed":
      return `${data.bid_id} is sealed`;
    case "auction.extended":
      return `bidding goes on until ${formatTime(Number(data.ends_at))}`;
    case "auction.closed":
      return "bidding is closed";
    case "auction.revealed":
      return "sealed bids are opened";
    case "auction.cleared":
      return data.reason === null ? `sold${price}` : `not sold: ${data.reason}`;
    case "auction.cancelled":
      return `cancelled: ${data.reason}`;
    default:
      return type;
  }
}
