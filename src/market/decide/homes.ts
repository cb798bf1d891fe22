import { HorizonError } from "../../base/errors.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Gpu } from "../state.ts";
import { type Ask, checkIs, checkIsNode, findGpu, hasMoved, onAuction } from "./ask.ts";

/** A GPU leaves this home for another. Nothing may be under way on it. */
export function leave(ask: Ask, body: IntentBody<"gpu.leave">): EventDraft[] {
  const { gpu_id, to, home_epoch } = body;
  if (to === ask.state.node) throw notElsewhere("to", `${gpu_id} can't leave for where it is.`);
  const gpu = findGpu(ask.state, gpu_id);
  checkIs(ask, gpu.owner, `Only the owner of ${gpu_id} may move it.`);
  if (home_epoch !== gpu.home_epoch + 1) throw stale(gpu_id, home_epoch, gpu.home_epoch);
  if (gpu.auction_id !== null) throw onAuction(gpu.auction_id, gpu_id, `auction end ${gpu_id}`);
  if (gpu.lease_id !== null) {
    throw new HorizonError("gpu_leased", `${gpu_id} is leased.`, {
      fix: "Move it when the lease has ended.",
      details: { lease_id: gpu.lease_id },
    });
  }
  return [{ type: "gpu.left", data: { ...body, owner: gpu.owner } }];
}

/** The registry has heard that the old home of a GPU that is moving still has it. */
export function refuseMove(ask: Ask, body: IntentBody<"gpu.move_refuse">): EventDraft[] {
  const { arrival, gpu_id } = findGpu(ask.state, body.gpu_id);
  checkIsNode(ask, "refuse a move");
  if (arrival === null) throw new HorizonError("gpu_not_moving", `${gpu_id} is not moving.`);
  return [{ type: "gpu.move_refused", data: body }];
}

/** Throws `invalid_input` for a GPU that comes from where it goes. */
export function checkMoved(ask: Ask, { gpu_id, moved }: IntentBody<"gpu.register">): void {
  if (moved?.from !== ask.state.node) return;
  throw notElsewhere("moved.from", `${gpu_id} can't come from this registry.`);
}

/**
 * Throws unless the home that a GPU is registered at comes after all that this registry knows of: that
 * of the record it replaces, and the one that it left for.
 */
export function checkHome(
  ask: Ask,
  { gpu_id, moved }: IntentBody<"gpu.register">,
  known: Gpu | undefined,
): void {
  const departure = ask.state.departures.get(gpu_id);
  if (departure !== undefined && departure.owner !== ask.actor) {
    throw new HorizonError("gpu_exists", `The GPU id ${gpu_id} belongs to an owner who moved it.`, {
      fix: "Choose another id.",
    });
  }
  if (moved === undefined) {
    if (departure !== undefined) throw hasMoved(departure);
    return;
  }
  if (departure !== undefined && moved.home_epoch <= departure.home_epoch) {
    throw stale(gpu_id, moved.home_epoch, departure.home_epoch);
  }
  if (known === undefined || moved.home_epoch > known.home_epoch) return;
  if (moved.home_epoch === known.home_epoch && endsWait(known, moved.left_seq)) return;
  throw stale(gpu_id, moved.home_epoch, known.home_epoch);
}

/** The old home, which seemed gone, has let the GPU go after all. */
function endsWait(known: Gpu, left_seq: number | null): boolean {
  return known.arrival !== null && left_seq !== null;
}

/** Until when a GPU waits that comes without its old home's word. */
export function waitOf(
  { state, at }: Ask,
  { moved }: IntentBody<"gpu.register">,
): { arrives_at?: number } {
  if (moved === undefined || moved.left_seq !== null) return {};
  return { arrives_at: at + (state.settings.move_wait_ms ?? LIMITS.move_wait_ms) };
}

function notElsewhere(field: string, message: string): HorizonError {
  return new HorizonError("invalid_input", message, {
    fix: "Name another registry.",
    details: { field },
  });
}

function stale(gpu_id: string, asked: number, known: number): HorizonError {
  const message = `${gpu_id} is at its home ${known} here, and the move is to its home ${asked}.`;
  return new HorizonError("home_epoch_stale", message, {
    fix: "Look at it, then move it again: horizon explore " + gpu_id,
    details: { home_epoch: known },
  });
}
