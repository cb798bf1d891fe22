import { HorizonError } from "../../base/errors.ts";
import { formatDollars } from "../../base/money.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { type Gpu, isOnline } from "../state.ts";
import { type Ask, checkMoney, findGpu } from "./ask.ts";

/** A complaint: the fee is held, and the registry is to have the GPU prove itself now. */
export function challenge(ask: Ask, body: IntentBody<"gpu.challenge">): EventDraft[] {
  const { state, actor } = ask;
  const gpu = findGpu(state, body.gpu_id);
  const { gpu_id, owner } = gpu;
  const isServed = state.settings.mode === "served";
  if (owner === actor && isServed) {
    throw new HorizonError("own_gpu", `${gpu_id} is your own GPU.`, {
      fix: "Have it proven again: horizon register-gpu",
    });
  }
  checkCanBeProven(ask, gpu);
  checkRate(ask, gpu);
  const fee_micros = isServed ? state.settings.challenge_fee_micros ?? 0 : 0;
  if (fee_micros > body.max_fee_micros) {
    const [fee, most] = [fee_micros, body.max_fee_micros].map(formatDollars);
    const message = `A challenge costs ${fee} here, and the most you would pay is ${most}.`;
    throw new HorizonError("no_offer", message, {
      fix: `Pay it: horizon gpu challenge ${gpu_id} --max-fee ${fee?.slice(1)}`,
      details: { fee_micros },
    });
  }
  checkMoney(ask, fee_micros);
  return [{ type: "gpu.challenged", data: { gpu_id, actor, fee_micros } }];
}

/** Throws unless the GPU is on offer and its provider can be asked, without disturbing a renter. */
function checkCanBeProven({ state, actor }: Ask, gpu: Gpu): void {
  const { gpu_id, status, lease_id } = gpu;
  if (status !== "listed") {
    throw new HorizonError("gpu_not_listed", `${gpu_id} is not listed: it is ${status}.`, {
      fix: "Nobody can rent it as it is, so there is nothing to complain of.",
      details: { status },
    });
  }
  if (lease_id !== null && state.leases.get(lease_id)?.renter !== actor) {
    throw new HorizonError("gpu_leased", `${gpu_id} is leased to somebody else.`, {
      fix: "Challenge it when the lease has ended.",
    });
  }
  if (isOnline(state, gpu)) return;
  throw new HorizonError("gpu_offline", `${gpu_id} is offline.`, {
    fix: "Challenge it when it is back.",
  });
}

/** Throws `challenge_open` or `limit_reached`, which says when one may complain again. */
function checkRate({ actor, at }: Ask, { gpu_id, complaint, complaints }: Gpu): void {
  if (complaint !== null) {
    throw new HorizonError("challenge_open", `${gpu_id} is being challenged already.`, {
      fix: "Wait for the verdict: horizon explore " + gpu_id,
    });
  }
  const lately = complaints.filter((one) => one.at > at - LIMITS.complaint_window_ms);
  const own = lately.find((one) => one.actor === actor);
  const isFull = lately.length >= LIMITS.complaints_per_window;
  const first = own ?? (isFull ? lately[0] : undefined);
  if (first === undefined) return;
  const again_at = first.at + LIMITS.complaint_window_ms;
  const whose = own === undefined
    ? `${gpu_id} was challenged too often`
    : `You challenged ${gpu_id}`;
  throw new HorizonError("limit_reached", `${whose} in the last ten minutes.`, {
    fix: `Challenge it again in ${Math.ceil((again_at - at) / 1000)} s.`,
    details: { again_at },
  });
}
