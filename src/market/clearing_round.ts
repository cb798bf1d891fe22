import { clearRound } from "../auction/batch.ts";
import { Eligibility } from "../auction/eligibility.ts";
import { MAX_ELIGIBILITY_WORDS, NONE } from "../auction/limits.ts";
import type { EventDraft } from "../protocol/feed.ts";
import { compileTerms, type FieldValue, type TermTest } from "../protocol/filter.ts";
import type { GpuView } from "../protocol/gpu.ts";
import { leaseOpenings } from "./lease_openings.ts";
import { recordOf } from "./records.ts";
import { type Bid, isFree, type MarketState } from "./state.ts";
import { gpuView } from "./views.ts";

/** Most leases that one round opens, so that its events fit one commit; the next round goes on. */
export const MAX_ROUND_FILLS = 500;

type FilledDraft = Extract<EventDraft, { type: "bid.filled" }>;

/**
 * What the class orders take of the free GPUs: the highest price first, of equal ones the earlier
 * order, each the cheapest GPUs that satisfy it, at their ask. The events are the orders' in that
 * sequence, the first with `seq`. A round that is cut at `MAX_ROUND_FILLS` has served a prefix of that
 * sequence, so that the next one serves the rest as this one would have.
 */
export function clearingRound(state: MarketState, seq: number, at: number): FilledDraft[] {
  // They rest in the order of their placing, which a stable sort keeps.
  const orders = [...state.orders].map((bid_id) => recordOf(state.bids, bid_id))
    .sort((a, b) => priceOf(b) - priceOf(a));
  const drafts: FilledDraft[] = [];
  let room = MAX_ROUND_FILLS;
  let gpus = freeGpus(state);
  for (let from = 0; from < orders.length && room > 0 && gpus.length > 0;) {
    const { to, fills } = clearSome(state, orders, from, gpus);
    const taken = new Set<GpuView>();
    for (const { order, gpus: wanted } of fills) {
      const got = wanted.slice(0, room);
      if (got.length === 0) break;
      room -= got.length;
      drafts.push(filledDraft(order, got, seq + drafts.length, at));
      for (const gpu of got) taken.add(gpu);
    }
    gpus = gpus.filter((gpu) => !taken.has(gpu));
    from = to;
  }
  return drafts;
}

function priceOf({ price_micros_per_hour }: Bid): number {
  return price_micros_per_hour ?? 0;
}

/** From the cheapest to the dearest, of equal asks by id. */
function freeGpus(state: MarketState): GpuView[] {
  const gpus: GpuView[] = [];
  for (const gpu of state.gpus.values()) if (isFree(state, gpu)) gpus.push(gpuView(state, gpu));
  return gpus.sort((a, b) =>
    a.price_micros_per_hour - b.price_micros_per_hour || (a.gpu_id < b.gpu_id ? -1 : 1)
  );
}

interface OrderFill {
  order: Bid;
  gpus: GpuView[];
}

/** Serves as many orders, from one on, as have filters that one table holds. */
function clearSome(
  state: MarketState,
  orders: readonly Bid[],
  from: number,
  gpus: readonly GpuView[],
): { to: number; fills: OrderFill[] } {
  const filters = new FilterTable(state, gpus);
  const numbers: number[] = [];
  for (let order = orders[from]; order !== undefined; order = orders[from + numbers.length]) {
    const number = filters.of(order);
    if (number === null) break;
    numbers.push(number);
  }
  const to = from + numbers.length;
  const some = orders.slice(from, to);
  const columns = {
    limits: Uint32Array.from(some, priceOf),
    quantities: Uint32Array.from(some, ({ quantity, filled }) => quantity - filled),
    filters: Uint32Array.from(numbers),
  };
  const takers = new Uint32Array(gpus.length);
  const asks = Uint32Array.from(gpus, ({ price_micros_per_hour }) => price_micros_per_hour);
  clearRound(columns, asks, filters.table, { fills: new Uint32Array(some.length), takers });
  return { to, fills: fillsOf(some, gpus, takers) };
}

/** What each order got, in the orders' sequence. */
function fillsOf(
  orders: readonly Bid[],
  gpus: readonly GpuView[],
  takers: Uint32Array,
): OrderFill[] {
  const byRow = new Map<number, GpuView[]>();
  for (const [column, gpu] of gpus.entries()) {
    const row = takers[column] ?? NONE;
    const got = byRow.get(row);
    if (got === undefined) byRow.set(row, [gpu]);
    else got.push(gpu);
  }
  return orders.flatMap((order, row) => {
    const got = byRow.get(row);
    return got === undefined ? [] : [{ order, gpus: got }];
  });
}

/** Each distinct filter of orders once, and each distinct term of theirs once. */
class FilterTable {
  readonly table: Eligibility;
  readonly #gpus: readonly GpuView[];
  /** Those whose bidders may not rent from themselves. */
  readonly #owners: ReadonlySet<string>;
  readonly #terms = new Map<string, number>();
  readonly #filters = new Map<string, number>();
  /** By field: its value for each GPU. */
  readonly #columns = new Map<string, FieldValue[]>();

  constructor(state: MarketState, gpus: readonly GpuView[]) {
    this.table = new Eligibility(gpus.length);
    this.#gpus = gpus;
    const isServed = state.settings.mode === "served";
    this.#owners = new Set(isServed ? gpus.map(({ owner }) => owner) : []);
  }

  /** The number of an order's filter; null if the table has no room for it. */
  of({ where, bidder }: Bid): number | null {
    const own = this.#owners.has(bidder) ? bidder : "";
    const key = `${own}\n${where}`;
    const known = this.#filters.get(key);
    if (known !== undefined) return known;
    if ((this.table.filters + 1) * this.table.stride > MAX_ELIGIBILITY_WORDS) return null;
    const terms = compileTerms(where ?? "").map((term) => this.#term(term));
    if (own !== "") terms.push(this.#term(notOwnedBy(own)));
    const filter = this.table.addFilter(terms);
    this.#filters.set(key, filter);
    return filter;
  }

  #term({ text, field, read, accepts }: TermTest): number {
    const known = this.#terms.get(text);
    if (known !== undefined) return known;
    const values = this.#columns.get(field) ?? this.#gpus.map(read);
    this.#columns.set(field, values);
    const term = this.table.addTerm((row) => accepts(values[row] ?? null));
    this.#terms.set(text, term);
    return term;
  }
}

/** What keeps an order's bidder from renting from themselves, written as no filter can be. */
function notOwnedBy(bidder: string): TermTest {
  return {
    text: `\n${bidder}`,
    field: "owner",
    read: ({ owner }) => owner,
    accepts: (owner) => owner !== bidder,
  };
}

function filledDraft(
  { bid_id, duration_s }: Bid,
  gpus: readonly GpuView[],
  seq: number,
  at: number,
): FilledDraft {
  const leases = gpus.flatMap((gpu, n) => {
    const { price_micros_per_hour } = gpu;
    return leaseOpenings(seq, [gpu], { price_micros_per_hour, duration_s, at }, n);
  });
  return { type: "bid.filled", data: { bid_id, leases } };
}
