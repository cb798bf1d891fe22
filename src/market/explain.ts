import { formatDollars } from "../base/money.ts";
import { compileTerms, failingTerms } from "../protocol/filter.ts";
import { type Bid, type Gpu, isOnline, type MarketState } from "./state.ts";
import { gpuView } from "./views.ts";

/** A GPU that an order doesn't get, and why: terms of its filter, and what else stands against it. */
export interface NearMiss {
  gpu_id: string;
  fails: string[];
}

interface Ranked extends NearMiss {
  ask_micros_per_hour: number;
}

const MAX_MISSES = 100;

/** The GPUs that come nearest to what a bid asks for, those with the fewest failures first. */
export function explainOrder(state: MarketState, bid: Bid): NearMiss[] {
  const terms = compileTerms(bid.where ?? `gpu_id=${bid.gpu_id}`);
  const nearest: Ranked[] = [];
  for (const gpu of state.gpus.values()) {
    const fails = [...failingTerms(terms, gpuView(state, gpu)), ...obstacles(state, gpu, bid)];
    if (fails.length === 0) continue;
    const { gpu_id, price_micros_per_hour: ask_micros_per_hour } = gpu;
    insert(nearest, { gpu_id, fails, ask_micros_per_hour });
  }
  return nearest.map(({ gpu_id, fails }) => ({ gpu_id, fails }));
}

function obstacles(state: MarketState, gpu: Gpu, bid: Bid): string[] {
  const fails: string[] = [];
  const { price_micros_per_hour: limit_micros } = bid;
  if (limit_micros !== null && gpu.price_micros_per_hour > limit_micros) {
    const [ask, limit] = [gpu.price_micros_per_hour, limit_micros].map(formatDollars);
    fails.push(`price: asks ${ask}, bids ${limit}`);
  }
  if (gpu.status !== "listed") fails.push(`not listed: ${gpu.status}`);
  if (!isOnline(state, gpu)) fails.push("offline");
  if (gpu.lease_id !== null) fails.push("leased");
  if (gpu.auction_id !== null) fails.push(`on auction: ${gpu.auction_id}`);
  if (gpu.owner === bid.bidder && state.settings.mode === "served") fails.push("your own");
  return fails;
}

/** Keeps the list short and in order, whatever the number of GPUs. */
function insert(nearest: Ranked[], miss: Ranked): void {
  const last = nearest.at(-1);
  if (nearest.length === MAX_MISSES && last !== undefined && !isNearer(miss, last)) return;
  const at = nearest.findIndex((other) => isNearer(miss, other));
  nearest.splice(at < 0 ? nearest.length : at, 0, miss);
  if (nearest.length > MAX_MISSES) nearest.pop();
}

function isNearer(a: Ranked, b: Ranked): boolean {
  if (a.fails.length !== b.fails.length) return a.fails.length < b.fails.length;
  if (a.ask_micros_per_hour !== b.ask_micros_per_hour) {
    return a.ask_micros_per_hour < b.ask_micros_per_hour;
  }
  return a.gpu_id < b.gpu_id;
}
