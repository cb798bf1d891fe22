import type { Posting } from "./effects.ts";
import { mismatch } from "./records.ts";
import type { Account, MarketState } from "./state.ts";

/** Most that a registry ever credits: every balance then stays a safe integer. */
export const MAX_ISSUED_MICROS = 9_000_000_000_000_000;
const BPS = 10_000n;

/** The account of an actor, made where it is missing. */
export function accountOf(state: MarketState, actor: string): Account {
  const known = state.accounts.get(actor);
  if (known !== undefined) return known;
  const account = { available_micros: 0, held_micros: 0, earned_micros: 0 };
  state.accounts.set(actor, account);
  return account;
}

/** What an actor can spend: earned money counts. */
export function spendableMicros(state: MarketState, actor: string): number {
  const account = state.accounts.get(actor);
  return account === undefined ? 0 : account.available_micros + account.earned_micros;
}

/** How much more can be credited. */
export function issuableMicros(state: MarketState): number {
  return MAX_ISSUED_MICROS + state.issuance_micros;
}

/** The registry's share of a cost, rounded down. */
export function feeMicros(cost_micros: number, fee_bps: number): number {
  return Number(BigInt(cost_micros) * BigInt(fee_bps) / BPS);
}

/** Credit from outside. */
export function depositPostings(actor: string, amount_micros: number): Posting[] {
  checkAmounts(amount_micros);
  return [
    { account: "issuance", actor: null, amount_micros: -amount_micros },
    { account: "available", actor, amount_micros },
  ];
}

/** Sets an amount aside, available money first. */
export function holdPostings(state: MarketState, actor: string, amount_micros: number): Posting[] {
  checkAmounts(amount_micros);
  const available_micros = Math.min(accountOf(state, actor).available_micros, amount_micros);
  const earned_micros = amount_micros - available_micros;
  const postings: Posting[] = [
    { account: "available", actor, amount_micros: -available_micros },
    { account: "held", actor, amount_micros },
  ];
  if (earned_micros > 0) postings.push({ account: "earned", actor, amount_micros: -earned_micros });
  return postings;
}

/** Gives back what is held of an amount that was not needed. */
export function releasePostings(actor: string, amount_micros: number): Posting[] {
  checkAmounts(amount_micros);
  if (amount_micros === 0) return [];
  return [
    { account: "held", actor, amount_micros: -amount_micros },
    { account: "available", actor, amount_micros },
  ];
}

/** Pays what is held of an actor's to another one. */
export function payPostings(from: string, to: string, amount_micros: number): Posting[] {
  checkAmounts(amount_micros);
  if (amount_micros === 0) return [];
  return [
    { account: "held", actor: from, amount_micros: -amount_micros },
    { account: "earned", actor: to, amount_micros },
  ];
}

/** Releases a hold: the cost to the owner less the fee, the rest back to the renter. */
export function settlePostings(
  parties: { renter: string; owner: string },
  bill: { cost_micros: number; fee_micros: number; refund_micros: number },
): Posting[] {
  const { renter, owner } = parties;
  const { cost_micros, fee_micros, refund_micros } = bill;
  checkAmounts(cost_micros - fee_micros, fee_micros, refund_micros);
  return [
    { account: "held", actor: renter, amount_micros: -(cost_micros + refund_micros) },
    { account: "earned", actor: owner, amount_micros: cost_micros - fee_micros },
    { account: "fees", actor: null, amount_micros: fee_micros },
    { account: "available", actor: renter, amount_micros: refund_micros },
  ];
}

/**
 * Moves the money. Throws `state_mismatch` unless the postings sum to zero and leave every account but
 * issuance at zero or more.
 */
export function post(state: MarketState, postings: readonly Posting[]): void {
  let sum_micros = 0;
  for (const posting of postings) {
    sum_micros += posting.amount_micros;
    const balance_micros = add(state, posting);
    if (!(balance_micros >= 0)) {
      const whose = posting.actor ?? "the registry";
      throw mismatch(`the ${posting.account} money of ${whose} would be ${balance_micros}`);
    }
  }
  if (sum_micros !== 0) throw mismatch(`its postings sum to ${sum_micros}`);
}

/** A negative amount would move money the other way. */
function checkAmounts(...amounts: number[]): void {
  for (const micros of amounts) {
    if (!Number.isSafeInteger(micros) || micros < 0) throw mismatch(`${micros} is no amount`);
  }
}

/** The new balance; of issuance what was issued, which is its negative. */
function add(state: MarketState, posting: Posting): number {
  switch (posting.account) {
    case "issuance":
      return -(state.issuance_micros += posting.amount_micros);
    case "fees":
      return state.fees_micros += posting.amount_micros;
    case "available":
      return accountOf(state, posting.actor).available_micros += posting.amount_micros;
    case "held":
      return accountOf(state, posting.actor).held_micros += posting.amount_micros;
    case "earned":
      return accountOf(state, posting.actor).earned_micros += posting.amount_micros;
  }
}
