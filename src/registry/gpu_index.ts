import { decodeBase64Url, encodeBase64Url } from "@std/encoding/base64url";
import * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import type { GpuQuery } from "../protocol/api.ts";
import type { GpuView } from "../protocol/gpu.ts";
import { type OrderPlace, selects } from "../protocol/gpu_listing.ts";
import { ActorId, GpuId } from "../protocol/text.ts";
import { type GpuEntry, OrderedGpus } from "./gpu_order.ts";

/** Pages that are kept as bytes until a GPU changes. */
const MAX_PAGES = 256;
/** What a cursor holds: the sort key, id and home of the last GPU shown. */
const Place = z.tuple([z.union([z.string().max(64), z.number(), z.null()]), GpuId, ActorId]);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The listing, from memory: views of this registry's GPUs and of those that it knows from peers, their
 * orders, and finished pages as bytes.
 */
export class GpuIndex {
  readonly #own = new Map<string, GpuEntry>();
  /** By home registry. */
  readonly #foreign = new Map<string, Map<string, GpuEntry>>();
  readonly #orders = new Map<string, OrderedGpus>();
  readonly #pages = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #listeners: (() => void)[] = [];
  #as_of_seq = 0;

  /** The event that last changed a GPU of this registry: what a page is as of. */
  get as_of_seq(): number {
    return this.#as_of_seq;
  }

  /** Forgets this registry's GPUs and takes these. */
  rebuild(views: Iterable<GpuView>, seq: number): void {
    this.#fill(this.#own, views);
    this.#as_of_seq = seq;
  }

  /** Takes a GPU's new view; null if it is gone. */
  set(gpu_id: string, view: GpuView | null, seq: number): void {
    this.#put(this.#own, gpu_id, view);
    this.#as_of_seq = seq;
  }

  /** Forgets the GPUs of another home and takes these. */
  rebuildHome(home: string, views: Iterable<GpuView>): void {
    this.#fill(this.#homeOf(home), views);
    for (const listener of this.#listeners) listener();
  }

  /** Takes the new view of a GPU of another home; null if it is gone. */
  setAtHome(home: string, gpu_id: string, view: GpuView | null): void {
    this.#put(this.#homeOf(home), gpu_id, view);
    for (const listener of this.#listeners) listener();
  }

  /** A GPU of this registry. */
  get(gpu_id: string): GpuView | undefined {
    return this.#own.get(gpu_id)?.view;
  }

  /** A GPU of another home, as its feed has it here. */
  getAtHome(home: string, gpu_id: string): GpuView | undefined {
    return this.#foreign.get(home)?.get(gpu_id)?.view;
  }

  /** Calls the listener after each change of a GPU of another home. */
  listenAbroad(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** This registry's GPUs. */
  views(): Iterable<GpuView> {
    return this.#own.values().map((entry) => entry.view);
  }

  /** The bytes of a page that was kept, if no GPU has changed since. */
  cached(key: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#pages.get(key);
  }

  /** Keeps the bytes of a page until a GPU changes. */
  keep(key: string, page: Uint8Array<ArrayBuffer>): void {
    if (this.#pages.size >= MAX_PAGES) this.#pages.delete(this.#pages.keys().next().value ?? "");
    this.#pages.set(key, page);
  }

  /** JSON bytes of a `GpuPage`. Throws `invalid_filter`, `invalid_input`. */
  page(query: GpuQuery): Uint8Array<ArrayBuffer> {
    const { shown, total, next_cursor } = this.select(query);
    const gpus = shown.map((entry) => entry.json ??= JSON.stringify(entry.view));
    const cursor = JSON.stringify(next_cursor);
    return encoder.encode(`{"gpus":[${gpus}],"total":${total},"next_cursor":${cursor}}`);
  }

  /** The GPUs of one page, how many there are in all, and where the next page begins. Throws as `page`. */
  select(query: GpuQuery): { shown: GpuEntry[]; total: number; next_cursor: string | null } {
    const order = this.#order(query.sort);
    const accepts = selects(query);
    const from = query.cursor === undefined ? 0 : order.after(parseCursor(query.cursor));
    const shown: GpuEntry[] = [];
    let total = 0;
    let hasMore = false;
    for (const [i, entry] of order.entries().entries()) {
      if (!accepts(entry.view)) continue;
      total++;
      if (i < from) continue;
      if (shown.length === query.limit) hasMore = true;
      else shown.push(entry);
    }
    const last = shown.at(-1);
    const next_cursor = hasMore && last !== undefined ? cursorOf(order.placeOf(last.view)) : null;
    return { shown, total, next_cursor };
  }

  #order(sort: string): OrderedGpus {
    const known = this.#orders.get(sort);
    if (known !== undefined) return known;
    const all = [this.#own, ...this.#foreign.values()].flatMap((some) => [...some.values()]);
    const order = new OrderedGpus(sort, all);
    this.#orders.set(sort, order);
    return order;
  }

  #homeOf(home: string): Map<string, GpuEntry> {
    const known = this.#foreign.get(home);
    if (known !== undefined) return known;
    const entries = new Map<string, GpuEntry>();
    this.#foreign.set(home, entries);
    return entries;
  }

  #fill(entries: Map<string, GpuEntry>, views: Iterable<GpuView>): void {
    entries.clear();
    this.#orders.clear();
    for (const view of views) entries.set(view.gpu_id, { view, json: null, stale: false });
    this.#pages.clear();
  }

  #put(entries: Map<string, GpuEntry>, gpu_id: string, view: GpuView | null): void {
    const old = entries.get(gpu_id);
    if (old !== undefined) old.stale = true;
    const entry = view === null ? null : { view, json: null, stale: false };
    if (entry === null) entries.delete(gpu_id);
    else entries.set(gpu_id, entry);
    for (const order of this.#orders.values()) order.note(entry);
    this.#pages.clear();
  }
}

function cursorOf(place: OrderPlace): string {
  return encodeBase64Url(JSON.stringify([place.key, place.gpu_id, place.home]));
}

function parseCursor(cursor: string): OrderPlace {
  try {
    const [key, gpu_id, home] = Place.parse(JSON.parse(decoder.decode(decodeBase64Url(cursor))));
    return { key, gpu_id, home };
  } catch (cause) {
    throw new HorizonError("invalid_input", "The cursor is not one of this registry's.", {
      details: { field: "cursor" },
      cause,
    });
  }
}
