import * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import { PriceBar } from "../protocol/auction.ts";
import { KEYS } from "./keys.ts";

/** A lease that began: what the price of its class is known by. */
export interface LeaseTrade {
  /** The event that opened the lease. */
  seq: number;
  at: number;
  class: string;
  price_micros_per_hour: number;
  duration_s: number;
}

const HOUR_MS = 3_600_000;
/** A bar, and the last event that it holds: to add the same trades again changes nothing. */
const StoredBar = PriceBar.extend({ as_of_seq: z.int().min(1) });
type StoredBar = z.infer<typeof StoredBar>;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The bars after these trades, which come in the order of the feed, each under both of its keys. All
 * trades of an event come in one call.
 */
export async function barWrites(
  kv: Deno.Kv,
  trades: readonly LeaseTrade[],
): Promise<{ key: Deno.KvKey; value: Uint8Array }[]> {
  const bars = new Map<string, StoredBar>();
  /** What the bars held before: a crash may have left some of them ahead of the watermark. */
  const held_seqs = new Map<string, number>();
  for (const trade of trades) {
    const hour = trade.at - trade.at % HOUR_MS;
    const name = `${hour} ${trade.class}`;
    if (!held_seqs.has(name)) {
      const stored = await storedBar(kv, KEYS.classPrices(trade.class, hour));
      held_seqs.set(name, stored?.as_of_seq ?? 0);
      if (stored !== null) bars.set(name, stored);
    }
    if (trade.seq > (held_seqs.get(name) ?? 0)) {
      bars.set(name, withTrade(bars.get(name), trade, hour));
    }
  }
  return [...bars.values()].flatMap((bar) => {
    const value = encoder.encode(JSON.stringify(bar));
    return [
      { key: KEYS.classPrices(bar.class, bar.hour), value },
      { key: KEYS.hourPrices(bar.hour, bar.class), value },
    ];
  });
}

/** The bars of a class, or of all, the newest hour first; within an hour by class, backwards. */
export async function readBars(
  kv: Deno.Kv,
  query: { class: string | null; limit: number },
): Promise<PriceBar[]> {
  const prefix = query.class === null ? KEYS.allPrices() : KEYS.pricesOfClass(query.class);
  const bars: PriceBar[] = [];
  for await (const { key, value } of kv.list({ prefix }, { reverse: true, limit: query.limit })) {
    const { as_of_seq: _place, ...bar } = parseBar(key, value);
    bars.push(bar);
  }
  return bars;
}

function withTrade(bar: StoredBar | undefined, trade: LeaseTrade, hour: number): StoredBar {
  const { price_micros_per_hour, duration_s, seq } = trade;
  return {
    class: trade.class,
    hour,
    last_micros_per_hour: price_micros_per_hour,
    low_micros_per_hour: Math.min(bar?.low_micros_per_hour ?? Infinity, price_micros_per_hour),
    high_micros_per_hour: Math.max(bar?.high_micros_per_hour ?? 0, price_micros_per_hour),
    volume_s: (bar?.volume_s ?? 0) + duration_s,
    leases: (bar?.leases ?? 0) + 1,
    as_of_seq: seq,
  };
}

async function storedBar(kv: Deno.Kv, key: Deno.KvKey): Promise<StoredBar | null> {
  const { value, versionstamp } = await kv.get(key);
  return versionstamp === null ? null : parseBar(key, value);
}

function parseBar(key: Deno.KvKey, value: unknown): StoredBar {
  try {
    if (!(value instanceof Uint8Array)) throw new Error("it is not made of bytes");
    return StoredBar.parse(JSON.parse(decoder.decode(value)));
  } catch (cause) {
    throw new HorizonError("data_corrupt", `The price bar ${key.join("/")} can't be read`, {
      fix: "Restore the data folder from a backup.",
      cause,
    });
  }
}
