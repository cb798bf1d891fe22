import { holdMicros } from "../base/money.ts";
import { LIMITS } from "./limits.ts";

/**
 * Bids of a market maker, 16 bytes each, little endian: u32 price in micro-dollars an hour, u32
 * duration in seconds, u32 quantity, u32 index into the filters of the intent.
 */
export const BULK_BID_BYTES = 16;

/** One class order among many. */
export interface BulkBid {
  price_micros_per_hour: number;
  duration_s: number;
  quantity: number;
  /** Index into the filters beside the bids. */
  where: number;
}

/** What one bid of a bulk holds: price × hours × quantity, each unit rounded up. */
export function bulkHoldMicros({ price_micros_per_hour, duration_s, quantity }: BulkBid): number {
  return holdMicros(price_micros_per_hour, duration_s) * quantity;
}

/** The bytes of bids, in base64: what `bid.bulk` carries. Throws RangeError for what isn't a u32. */
export function encodeBulkBids(bids: readonly BulkBid[]): string {
  const view = new DataView(new ArrayBuffer(bids.length * BULK_BID_BYTES));
  for (const [i, bid] of bids.entries()) {
    const { price_micros_per_hour, duration_s, quantity, where } = bid;
    for (const [word, value] of [price_micros_per_hour, duration_s, quantity, where].entries()) {
      if (value !== value >>> 0) throw new RangeError(`bid ${i}: ${value} is no unsigned integer`);
      view.setUint32(i * BULK_BID_BYTES + 4 * word, value, true);
    }
  }
  return new Uint8Array(view.buffer).toBase64();
}

/** The bids of their base64 text. Throws SyntaxError or RangeError where it is none of whole bids. */
export function decodeBulkBids(text: string): BulkBid[] {
  const bytes = Uint8Array.fromBase64(text);
  const count = bytes.length / BULK_BID_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.bulk_bids) {
    throw new RangeError(`${bytes.length} bytes are not 1 to ${LIMITS.bulk_bids} whole bids`);
  }
  const view = new DataView(bytes.buffer);
  return Array.from({ length: count }, (_, i) => {
    const at = i * BULK_BID_BYTES;
    return {
      price_micros_per_hour: view.getUint32(at, true),
      duration_s: view.getUint32(at + 4, true),
      quantity: view.getUint32(at + 8, true),
      where: view.getUint32(at + 12, true),
    };
  });
}

/** What is wrong with the bids of an intent, and which of them it is; null if nothing is. */
export function bulkFault(
  bids: string,
  filters: number,
): { index: number | null; message: string } | null {
  let decoded: BulkBid[];
  try {
    decoded = decodeBulkBids(bids);
  } catch (thrown) {
    return { index: null, message: thrown instanceof Error ? thrown.message : "not bids" };
  }
  for (const [index, bid] of decoded.entries()) {
    const message = faultOf(bid, filters);
    if (message !== null) return { index, message };
  }
  return null;
}

function faultOf({ duration_s, quantity, where }: BulkBid, filters: number): string | null {
  const { duration_min_s, duration_max_s, bid_quantity } = LIMITS;
  if (duration_s < duration_min_s || duration_s > duration_max_s) {
    return `its duration is ${duration_s} s, not ${duration_min_s} to ${duration_max_s}`;
  }
  if (quantity < 1 || quantity > bid_quantity) {
    return `its quantity is ${quantity}, not 1 to ${bid_quantity}`;
  }
  return where < filters ? null : `it names filter ${where}, and there are ${filters}`;
}
