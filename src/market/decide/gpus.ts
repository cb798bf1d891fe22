import { HorizonError } from "../../base/errors.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { statusOf } from "../listing.ts";
import { openJobs } from "../lookups.ts";
import { retryOrEndAll } from "../retry.ts";
import { leaseEnded } from "../settlement.ts";
import type { Gpu } from "../state.ts";
import { type Ask, checkIs, checkIsNode, findGpu, findLease, onAuction } from "./ask.ts";
import { checkHome, checkMoved, waitOf } from "./homes.ts";

/**
 * Lists a GPU, or replaces the record of one's own that nobody leases; it is unproven then. One that
 * comes from another home without that home's word waits first.
 */
export function register(ask: Ask, body: IntentBody<"gpu.register">): EventDraft[] {
  const { state, actor } = ask;
  checkMoved(ask, body);
  const known = state.gpus.get(body.gpu_id);
  if (known !== undefined) checkMayReplace(ask, known);
  checkHome(ask, body, known);
  if (known === undefined) checkRoom(ask);
  return [{ type: "gpu.registered", data: { ...body, owner: actor, ...waitOf(ask, body) } }];
}

function checkMayReplace(ask: Ask, gpu: Gpu): void {
  if (gpu.owner !== ask.actor) {
    throw new HorizonError("gpu_exists", `The GPU id ${gpu.gpu_id} is taken by another owner.`, {
      fix: "Choose another id.",
    });
  }
  if (gpu.auction_id !== null) {
    throw onAuction(gpu.auction_id, gpu.gpu_id, `auction end ${gpu.gpu_id}`);
  }
  if (gpu.lease_id === null) return;
  throw new HorizonError("gpu_exists", `${gpu.gpu_id} is registered, and leased now.`, {
    fix: "Register it again when the lease has ended, or choose another id.",
    details: { lease_id: gpu.lease_id },
  });
}

function checkRoom({ state, actor }: Ask): void {
  if ((state.gpu_counts.get(actor) ?? 0) >= LIMITS.gpus_per_owner) {
    throw new HorizonError(
      "limit_reached",
      `You have ${LIMITS.gpus_per_owner} GPUs here already.`,
      {
        fix: "Deregister one first.",
        details: { limit: LIMITS.gpus_per_owner },
      },
    );
  }
  if (state.gpus.size >= LIMITS.gpus) {
    throw new HorizonError("limit_reached", "This registry is full.", {
      fix: "Use another registry.",
      details: { limit: LIMITS.gpus },
    });
  }
}

/** Changes the ask; a live lease keeps its price. */
export function update(ask: Ask, body: IntentBody<"gpu.update">): EventDraft[] {
  const gpu = findGpu(ask.state, body.gpu_id);
  checkIs(ask, gpu.owner, `Only the owner of ${gpu.gpu_id} may change its price.`);
  return [{ type: "gpu.updated", data: body }];
}

/** Says which kinds of jobs are taken from now on; those that are queued stay. */
export function offer(ask: Ask, { gpu_id, kinds }: IntentBody<"gpu.offer">): EventDraft[] {
  const gpu = findGpu(ask.state, gpu_id);
  checkIs(ask, gpu.owner, `Only the owner of ${gpu_id} may say which jobs it takes.`);
  return [{ type: "gpu.offered", data: { gpu_id, kinds } }];
}

/**
 * Takes a GPU off the market; with `force` a lease on it ends and costs nothing, and its auction is
 * cancelled.
 */
export function deregister(ask: Ask, body: IntentBody<"gpu.deregister">): EventDraft[] {
  const gpu = findGpu(ask.state, body.gpu_id);
  const { gpu_id, lease_id, auction_id } = gpu;
  checkIs(ask, gpu.owner, `Only the owner of ${gpu_id} may deregister it.`);
  const removal: EventDraft = { type: "gpu.deregistered", data: { gpu_id } };
  if (auction_id !== null) {
    if (!body.force) throw onAuction(auction_id, gpu_id, `deregister-gpu ${gpu_id} --force`);
    return [{ type: "auction.cancelled", data: { auction_id, reason: "deregistered" } }, removal];
  }
  if (lease_id === null) return [removal];
  if (!body.force) {
    throw new HorizonError("gpu_leased", `${gpu_id} is leased.`, {
      fix: "Wait until the lease has ended, or use --force, which refunds the renter in full.",
      details: { lease_id },
    });
  }
  return [...breakLease(ask, lease_id, "deregistered"), removal];
}

/** Ends a lease by its provider's fault: its jobs are retried elsewhere or end, the renter pays nothing. */
function breakLease(
  { state, at, seq }: Ask,
  lease_id: string,
  reason: "deregistered" | "proof_failed",
): EventDraft[] {
  const lease = findLease(state, lease_id);
  const { gpu_id } = lease;
  const mishap = { state: "lost", reason, side: "provider" } as const;
  return [
    ...retryOrEndAll(state, openJobs(state, gpu_id), mishap, { seq, at, leaving: gpu_id }),
    leaseEnded(state, lease, reason, at),
  ];
}

/**
 * Records a proof's verdict; whether the GPU is listed follows from it and the settings. One that is
 * refused is let no longer: its lease ends, its auction is cancelled.
 */
export function judge(ask: Ask, body: IntentBody<"gpu.judge">): EventDraft[] {
  const gpu = findGpu(ask.state, body.gpu_id);
  checkIsNode(ask, "judge a proof");
  const { settings } = ask.state;
  const status = statusOf({ ...gpu, verdict: body.verdict, expired: false }, settings);
  const endsUse = status === "refused" && settings.badge_life_ms !== undefined;
  const judged: EventDraft = {
    type: "gpu.judged",
    data: { ...body, listed: status === "listed" },
  };
  return [...(endsUse ? endUse(ask, gpu) : []), judged];
}

function endUse(ask: Ask, { lease_id, auction_id }: Gpu): EventDraft[] {
  const reason = "proof_failed";
  if (lease_id !== null) return breakLease(ask, lease_id, reason);
  if (auction_id === null) return [];
  return [{ type: "auction.cancelled", data: { auction_id, reason } }];
}

/** Notes that a provider came or went; what was running on a GPU that went is lost. */
export function liveness(ask: Ask, body: IntentBody<"gpu.liveness">): EventDraft[] {
  const { state, at, seq } = ask;
  const { gpu_id, online, last_seen } = body;
  if (last_seen > at) {
    throw new HorizonError("invalid_input", "A GPU can't have been seen in the future.", {
      details: { field: "last_seen" },
    });
  }
  findGpu(state, gpu_id);
  checkIsNode(ask, "say which GPUs are online");
  if (online) return [{ type: "gpu.online", data: { gpu_id } }];
  const mishap = { state: "lost", reason: "provider_offline", side: "provider" } as const;
  const underWay = openJobs(state, gpu_id).filter((job) => job.state !== "queued");
  return [
    ...retryOrEndAll(state, underWay, mishap, { seq, at, leaving: gpu_id }),
    { type: "gpu.offline", data: { gpu_id, last_seen } },
  ];
}
