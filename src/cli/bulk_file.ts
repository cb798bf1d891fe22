import { HorizonError, messageOf } from "../base/errors.ts";
import { type BulkBid, bulkHoldMicros, encodeBulkBids } from "../protocol/bulk_bids.ts";
import { compileFilter } from "../protocol/filter.ts";
import { LIMITS } from "../protocol/limits.ts";
import { readHours, readPrice } from "./values.ts";

/** The first line of a file of bids. The filter comes last, so that it needs no quotes. */
export const BULK_HEADER = "price,hours,quantity,where";

/** What a file of bids comes to: the body of `bid.bulk`, and how many bids those are. */
export interface Bulk {
  where: string[];
  bids: string;
  count: number;
  highest_micros_per_hour: number;
  /** What all of them hold together. */
  hold_micros: number;
}

/** Reads a file of bids, one a line. Throws `not_found`, `too_large`, or `invalid_input` with the line. */
export async function readBulkFile(path: string): Promise<Bulk> {
  const info = await Deno.stat(path).catch((cause) => {
    throw new HorizonError("not_found", `${path} can't be read: ${messageOf(cause)}`, { cause });
  });
  if (info.size > LIMITS.job_file_bytes) {
    throw new HorizonError("too_large", `${path} is longer than ${LIMITS.job_file_bytes} bytes.`);
  }
  return parseBulk(await Deno.readTextFile(path), path);
}

/** The bids of a text. Throws `invalid_input` that names the line. */
export function parseBulk(text: string, path: string): Bulk {
  const [header = "", ...lines] = text.trimEnd().split(/\r?\n/);
  if (header.trim() !== BULK_HEADER) {
    throw invalid(`${path}, line 1: the header must be "${BULK_HEADER}".`);
  }
  if (lines.length < 1 || lines.length > LIMITS.bulk_bids) {
    throw invalid(`${path} has ${lines.length} bids, not 1 to ${LIMITS.bulk_bids}.`);
  }
  const filters = new Map<string, number>();
  const bids = lines.map((line, i) => {
    try {
      return bidOf(line, filters);
    } catch (thrown) {
      throw invalid(`${path}, line ${i + 2}: ${messageOf(thrown)}`);
    }
  });
  const highest_micros_per_hour = bids.reduce(
    (most, bid) => Math.max(most, bid.price_micros_per_hour),
    0,
  );
  const hold_micros = bids.reduce((sum, bid) => sum + bulkHoldMicros(bid), 0);
  const where = [...filters.keys()];
  const count = bids.length;
  return { where, bids: encodeBulkBids(bids), count, highest_micros_per_hour, hold_micros };
}

function bidOf(line: string, filters: Map<string, number>): BulkBid {
  const match = /^([^,]*),([^,]*),\s*(\d{1,4})\s*,(.+)$/.exec(line);
  if (match === null) throw invalid(`a bid is ${BULK_HEADER}, not "${line.slice(0, 80)}".`);
  const [, price = "", hours = "", quantity = "", filter = ""] = match;
  const where = filter.trim();
  let place = filters.get(where);
  if (place === undefined) {
    compileFilter(where);
    place = filters.size;
    if (place === LIMITS.bulk_filters) {
      throw invalid(`it has one filter more than the ${LIMITS.bulk_filters} that a bulk may have.`);
    }
    filters.set(where, place);
  }
  const count = Number(quantity);
  if (count < 1 || count > LIMITS.bid_quantity) {
    throw invalid(`the quantity must be 1 to ${LIMITS.bid_quantity}, not ${quantity}.`);
  }
  return {
    price_micros_per_hour: readPrice(price.trim(), "the price"),
    duration_s: readHours(hours.trim()),
    quantity: count,
    where: place,
  };
}

function invalid(message: string): HorizonError {
  return new HorizonError("invalid_input", message);
}
