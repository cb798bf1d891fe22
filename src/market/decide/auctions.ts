import { HorizonError } from "../../base/errors.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { auctionCleared } from "../auction_cleared.ts";
import { type Auction, type Gpu, isFree, isOnline } from "../state.ts";
import { type Ask, checkIs, findAuction, findGpu } from "./ask.ts";

/** Puts GPUs of the owner's on auction. */
export function start(ask: Ask, body: IntentBody<"auction.start">): EventDraft[] {
  const { state, at } = ask;
  const { gpu_id, format, units, duration_s } = body;
  if (units > 1 && format !== "uniform") {
    throw new HorizonError("invalid_input", `A ${format} auction sells one GPU.`, {
      fix: "Take --format uniform for several.",
      details: { field: "units" },
    });
  }
  const gpu = findGpu(state, gpu_id);
  checkIs(ask, gpu.owner, `Only the owner of ${gpu_id} may put it on auction.`);
  const gpuClass = checkIsOnSale(ask, gpu);
  const data = {
    auction_id: `auction_${ask.seq}`,
    gpu_ids: [gpu_id, ...othersOfClass(ask, gpu, gpuClass, units - 1)],
    owner: gpu.owner,
    class: gpuClass,
    format,
    units,
    duration_s,
    reserve_micros_per_hour: body.reserve_micros_per_hour ?? gpu.price_micros_per_hour,
    ends_at: at + body.timeout_ms,
  };
  return [{ type: "auction.started", data }];
}

/** The GPU's class. Throws unless it can be let now. */
function checkIsOnSale({ state }: Ask, gpu: Gpu): string {
  const { gpu_id, verdict, lease_id, auction_id } = gpu;
  if (gpu.status !== "listed" || verdict === null) {
    throw new HorizonError("gpu_not_listed", `${gpu_id} is not listed: it is ${gpu.status}.`, {
      fix: "Have it proven first: horizon provide",
      details: { status: gpu.status },
    });
  }
  if (lease_id !== null) {
    throw new HorizonError("gpu_leased", `${gpu_id} is leased.`, { details: { lease_id } });
  }
  if (auction_id !== null) {
    throw new HorizonError("auction_exists", `${gpu_id} is on auction already: ${auction_id}.`, {
      fix: `See it: horizon auction show ${auction_id}`,
      details: { auction_id },
    });
  }
  if (!isOnline(state, gpu)) {
    throw new HorizonError("gpu_offline", `${gpu_id} is offline.`, {
      fix: "Start its provider: horizon provide",
    });
  }
  return verdict.class;
}

/** Ids of further free GPUs of the owner's of one class, in their order. Throws `limit_reached`. */
function othersOfClass(ask: Ask, gpu: Gpu, gpuClass: string, wanted: number): string[] {
  if (wanted === 0) return [];
  const ids: string[] = [];
  for (const other of ask.state.gpus.values()) {
    if (other.owner !== gpu.owner || other.verdict?.class !== gpuClass) continue;
    if (other !== gpu && isFree(ask.state, other)) ids.push(other.gpu_id);
  }
  if (ids.length < wanted) {
    const free = ids.length + 1;
    throw new HorizonError("limit_reached", `You have ${free} free GPUs of class ${gpuClass}.`, {
      fix: `Auction at most ${free} units.`,
      details: { free },
    });
  }
  return ids.sort().slice(0, wanted);
}

/** Closes the owner's auction early: open bids clear at once, sealed ones are to be opened. */
export function end(ask: Ask, body: IntentBody<"auction.end">): EventDraft[] {
  const { state, seq, at } = ask;
  const auction = findAuction(state, body.auction_id);
  const { auction_id, owner, format } = auction;
  checkIs(ask, owner, `Only the owner of its GPU may end ${auction_id}.`);
  checkIsOpen(auction);
  if (format === "english") return [auctionCleared(state, auction, seq, at)];
  return [{ type: "auction.closed", data: { auction_id } }];
}

/** Throws `auction_state` unless the auction takes bids. */
export function checkIsOpen({ auction_id, state }: Auction): void {
  if (state === "open") return;
  throw new HorizonError("auction_state", `${auction_id} is over: it is ${state}.`, {
    details: { state },
  });
}
