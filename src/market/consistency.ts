import { HorizonError } from "../base/errors.ts";
import type { MarketState } from "./state.ts";

/**
 * Throws `data_corrupt` unless the records of a state that was read agree with each other: money sums
 * to zero, what is held is what live leases hold, and leases, GPUs and jobs point at each other.
 */
export function checkConsistent(state: MarketState): void {
  checkMoney(state);
  for (const { gpu_id, lease_id } of state.gpus.values()) {
    if (lease_id !== null && state.leases.get(lease_id)?.state !== "live") {
      throw corrupt(`${gpu_id} has no live lease ${lease_id}`);
    }
  }
  for (const { lease_id, gpu_id, state: is, ended_at, ended_seq } of state.leases.values()) {
    const isLive = is === "live";
    if (isLive !== (ended_at === null) || isLive !== (ended_seq === null)) {
      throw corrupt(`${lease_id} is ${is}, and its end says otherwise`);
    }
    if (isLive !== (state.gpus.get(gpu_id)?.lease_id === lease_id)) {
      throw corrupt(`${gpu_id} and ${lease_id} don't agree`);
    }
  }
  for (const { job_id, lease_id, ended_at, ended_seq, state: is } of state.jobs.values()) {
    const isOpen = is === "queued" || is === "assigned" || is === "running";
    if (isOpen !== (ended_at === null) || isOpen !== (ended_seq === null)) {
      throw corrupt(`${job_id} is ${is}, and its end says otherwise`);
    }
    if (isOpen && state.leases.get(lease_id)?.state !== "live") {
      throw corrupt(`${job_id} is unfinished on no live lease`);
    }
  }
}

function checkMoney(state: MarketState): void {
  const holds = new Map<string, number>();
  for (const { renter, hold_micros, state: is } of state.leases.values()) {
    if (is === "live") holds.set(renter, (holds.get(renter) ?? 0) + hold_micros);
  }
  let sum_micros = state.fees_micros + state.issuance_micros;
  for (const [actor, account] of state.accounts) {
    sum_micros += account.available_micros + account.held_micros + account.earned_micros;
    if (account.held_micros !== (holds.get(actor) ?? 0)) {
      throw corrupt(`${actor} holds another amount than its leases do`);
    }
    holds.delete(actor);
  }
  if (holds.size > 0) throw corrupt("a lease's renter has no account");
  if (sum_micros !== 0) throw corrupt(`all money sums to ${sum_micros}`);
}

function corrupt(what: string): HorizonError {
  return new HorizonError(
    "data_corrupt",
    `The snapshot of the market contradicts itself: ${what}.`,
  );
}
