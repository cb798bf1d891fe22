import { HorizonError } from "../../base/errors.ts";
import { formatDollars, holdMicros } from "../../base/money.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { openJobsOfLease } from "../lookups.ts";
import { leaseEnded } from "../settlement.ts";
import { type Gpu, isOnline, type Lease } from "../state.ts";
import { type Ask, checkIs, checkMoney, findGpu, findLease, onAuction } from "./ask.ts";

/** Leases a GPU at its ask, and holds the money for the whole time. */
export function rent(ask: Ask, body: IntentBody<"lease.rent">): EventDraft[] {
  const { state, actor, at } = ask;
  const { gpu_id, duration_s } = body;
  const gpu = findGpu(state, gpu_id);
  const { owner, price_micros_per_hour } = gpu;
  if (owner === actor && state.settings.mode === "served") {
    throw new HorizonError("own_gpu", `${gpu_id} is your own GPU.`, {
      fix: "Rent another one; your own you can use without a registry.",
    });
  }
  checkIsFree(ask, gpu, body.expected);
  checkPrice(gpu, body.max_price_micros_per_hour);
  const hold_micros = holdMicros(price_micros_per_hour, duration_s);
  checkMoney(ask, hold_micros);
  const data = {
    lease_id: `lease_${ask.seq}`,
    gpu_id,
    renter: actor,
    owner,
    price_micros_per_hour,
    duration_s,
    hold_micros,
    ends_at: at + duration_s * 1000,
  };
  return [{ type: "lease.opened", data }];
}

function checkIsFree(ask: Ask, gpu: Gpu, expected: IntentBody<"lease.rent">["expected"]): void {
  const { gpu_id, verdict, lease_id } = gpu;
  if (gpu.status !== "listed" || verdict === null) {
    throw new HorizonError("gpu_not_listed", `${gpu_id} is not listed: it is ${gpu.status}.`, {
      fix: "Choose one that can be rented: horizon list-gpus",
      details: { status: gpu.status },
    });
  }
  if (verdict.verdict !== expected.verdict || verdict.class !== expected.class) {
    const is = `${verdict.verdict} ${verdict.class}`;
    const was = `${expected.verdict} ${expected.class}`;
    throw new HorizonError("stale_plan", `${gpu_id} is now "${is}", and your plan said "${was}".`, {
      fix: "Look at it again, then rent it as it is.",
      details: { verdict: verdict.verdict, class: verdict.class },
    });
  }
  if (lease_id !== null) {
    throw new HorizonError("gpu_leased", `${gpu_id} is leased.`, {
      fix: "Choose one that is free: horizon list-gpus",
    });
  }
  if (gpu.auction_id !== null) {
    throw onAuction(gpu.auction_id, gpu_id, `bid ${gpu_id} --price 0.30`);
  }
  checkIsOnline(ask, gpu);
}

function checkIsOnline({ state }: Ask, gpu: Gpu): void {
  if (isOnline(state, gpu)) return;
  throw new HorizonError("gpu_offline", `${gpu.gpu_id} is offline.`, {
    fix: "Choose one that is online: horizon list-gpus",
  });
}

function checkPrice(gpu: Gpu, max_micros_per_hour: number): void {
  const { gpu_id, price_micros_per_hour: ask_micros_per_hour } = gpu;
  if (max_micros_per_hour >= ask_micros_per_hour) return;
  const message =
    `${gpu_id} costs ${formatDollars(ask_micros_per_hour)} an hour, and the most you ` +
    `would pay is ${formatDollars(max_micros_per_hour)}.`;
  const offer = formatDollars(max_micros_per_hour).slice(1);
  throw new HorizonError("no_offer", message, {
    fix: `Pay the ask, or leave a bid: horizon bid ${gpu_id} --price ${offer}`,
    details: { ask_micros_per_hour },
  });
}

/** Ends the renter's lease now; it is settled, and its unfinished jobs are cancelled. */
export function end(ask: Ask, body: IntentBody<"lease.end">): EventDraft[] {
  const { state, at } = ask;
  const lease = findLease(state, body.lease_id);
  checkIs(ask, lease.renter, `Only the renter may end ${lease.lease_id}.`);
  checkIsLive(lease);
  const why = { state: "cancelled", reason: "lease_ended", side: "renter", result: null } as const;
  return [
    ...openJobsOfLease(state, lease.lease_id).map(({ job_id }): EventDraft => ({
      type: "job.ended",
      data: { job_id, ...why },
    })),
    leaseEnded(state, lease, "ended_by_renter", at),
  ];
}

/** Lengthens the renter's lease at its own price. */
export function extend(ask: Ask, body: IntentBody<"lease.extend">): EventDraft[] {
  const { state } = ask;
  const { lease_id, duration_s } = body;
  const lease = findLease(state, lease_id);
  checkIs(ask, lease.renter, `Only the renter may extend ${lease_id}.`);
  checkIsLive(lease);
  checkIsOnline(ask, findGpu(state, lease.gpu_id));
  if (lease.duration_s + duration_s > LIMITS.duration_max_s) {
    throw new HorizonError("limit_reached", `${lease_id} would become too long.`, {
      details: { duration_s: lease.duration_s, limit_s: LIMITS.duration_max_s },
    });
  }
  const hold_micros = holdMicros(lease.price_micros_per_hour, duration_s);
  checkMoney(ask, hold_micros);
  const ends_at = lease.ends_at + duration_s * 1000;
  return [{ type: "lease.extended", data: { lease_id, duration_s, hold_micros, ends_at } }];
}

function checkIsLive(lease: Lease): void {
  if (lease.state === "live") return;
  throw new HorizonError("lease_state", `${lease.lease_id} has ended: ${lease.reason}.`, {
    details: { state: lease.state, reason: lease.reason },
  });
}
