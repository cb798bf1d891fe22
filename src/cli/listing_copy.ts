import { join } from "node:path";
import { writeFileAtomically } from "../base/atomic_file.ts";
import { HorizonError, messageOf } from "../base/errors.ts";
import { makePrivateFolder } from "../base/paths.ts";
import type { Client } from "../client/client.ts";
import type { GpuPage, GpuQuery } from "../protocol/api.ts";
import { parseSort } from "../protocol/filter.ts";
import type { GpuView } from "../protocol/gpu.ts";
import { comparePlaces, placeIn, selects } from "../protocol/gpu_listing.ts";
import { LIMITS } from "../protocol/limits.ts";
import { ListingCopy } from "../protocol/network.ts";
import { validate } from "../protocol/validate.ts";

const FILE = "listings.json";
const UPDATE = "Run: horizon marketplace update";

/** Where a person's copy of the listings lies. */
export function listingCopyPath(state_folder: string): string {
  return join(state_folder, FILE);
}

/**
 * Every GPU that a registry lists, page by page. Throws `limit_reached` where they are more than a copy
 * may hold.
 */
export async function fetchListings(
  client: Client,
  onProgress: (count: number, total: number) => void,
): Promise<GpuView[]> {
  const gpus = new Map<string, GpuView>();
  let cursor: string | null = null;
  do {
    const next = cursor === null ? {} : { cursor };
    const query = { all: true, sort: "gpu_id", limit: LIMITS.page_max, ...next };
    const page: GpuPage = await client.gpus(query);
    for (const gpu of page.gpus) gpus.set(`${gpu.gpu_id}@${gpu.home}`, gpu);
    if (gpus.size > LIMITS.gpus) throw tooMany();
    onProgress(gpus.size, page.total);
    cursor = page.gpus.length === 0 ? null : page.next_cursor;
  } while (cursor !== null);
  return [...gpus.values()];
}

/** Puts a copy in place of the one before, in one step. Throws `limit_reached`; its size in bytes. */
export async function writeListingCopy(state_folder: string, copy: ListingCopy): Promise<number> {
  const text = JSON.stringify(copy) + "\n";
  if (text.length > LIMITS.listing_copy_bytes) throw tooMany();
  await makePrivateFolder(state_folder);
  await writeFileAtomically(listingCopyPath(state_folder), text);
  return new TextEncoder().encode(text).length;
}

/** The copy. Throws `not_found` where there is none, `data_corrupt` for a damaged one. */
export async function readListingCopy(state_folder: string): Promise<ListingCopy> {
  const path = listingCopyPath(state_folder);
  const info = await Deno.stat(path).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound) throw missing();
    throw damaged(path, messageOf(cause), cause);
  });
  if (!info.isFile || info.size > LIMITS.listing_copy_bytes) {
    throw damaged(path, "it is not a copy of listings");
  }
  let value: unknown;
  try {
    value = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    throw damaged(path, "it is not JSON", cause);
  }
  try {
    return validate(ListingCopy, value, "it");
  } catch (cause) {
    throw damaged(path, messageOf(cause), cause);
  }
}

/** What a registry would have answered to a query. Throws `invalid_filter`. */
export function pageOf(copy: ListingCopy, query: GpuQuery): GpuPage {
  const order = parseSort(query.sort);
  const found = copy.gpus.filter(selects(query)).map((gpu) => ({ gpu, place: placeIn(order, gpu) }))
    .sort((a, b) => comparePlaces(order, a.place, b.place));
  const gpus = found.slice(0, query.limit).map(({ gpu }) => gpu);
  return { gpus, total: found.length, next_cursor: null };
}

function tooMany(): HorizonError {
  return new HorizonError("limit_reached", "The registry lists more GPUs than a copy may hold.");
}

function missing(): HorizonError {
  return new HorizonError("not_found", "There is no copy of the listings on this machine.", {
    fix: UPDATE,
  });
}

function damaged(path: string, why: string, cause?: unknown): HorizonError {
  return new HorizonError("data_corrupt", `The copy ${path} can't be used: ${why}.`, {
    cause,
    fix: `It is replaced whole. ${UPDATE}`,
  });
}
